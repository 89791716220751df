import { Parser } from 'htmlparser2';

const WEB = /^https?:\/\//i;
const IN_TEXT = /https?:\/\/[^\s<>"]+/gi;

/** The http and https links of both bodies, each once, in the order of their first appearance, those of the text first. */
export function linksOf(text: string, html: string): string[] {
  const links = [...(text.match(IN_TEXT) ?? []).map(withoutPunctuation), ...anchorsOf(html)];
  return [...new Set(links)].filter((link) => URL.canParse(link));
}

function anchorsOf(html: string): string[] {
  const links: string[] = [];
  const parser = new Parser({
    onopentag(name, { href }) {
      const target = href?.trim();
      if (name === 'a' && target && WEB.test(target)) links.push(target);
    },
  });
  parser.end(html);
  return links;
}

/** What follows a link in prose is not part of it; a closing bracket is, when the link itself opens one. */
function withoutPunctuation(link: string): string {
  let unopened = link.split(')').length - link.split('(').length;
  let end = link.length;
  while (`.,;:!?'*]})`.includes(link.charAt(end - 1))) {
    if (link.charAt(end - 1) === ')' && unopened-- <= 0) break;
    end--;
  }
  return link.slice(0, end);
}
