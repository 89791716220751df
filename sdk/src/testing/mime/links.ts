const IN_TEXT = /https?:\/\/[^\s<>"]+/gi;
const ANCHOR = /<a\b[^>]*?\shref\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s>]+))/gi;
const ENTITIES: Record<string, string> = { '&amp;': '&', '&quot;': '"', '&#39;': "'", '&lt;': '<', '&gt;': '>' };

/** The http and https links of both bodies, each once, those of the text first. */
export function linksOf(text: string, html: string): string[] {
  const inText = (text.match(IN_TEXT) ?? []).map(withoutPunctuation);
  const inHtml = [...html.replaceAll(/<!--.*?-->/gs, '').matchAll(ANCHOR)]
    .map(([, double, single, bare]) => (double ?? single ?? bare ?? '').trim())
    .map((link) => link.replaceAll(/&(amp|quot|#39|lt|gt);/g, (entity) => ENTITIES[entity] as string))
    .filter((link) => /^https?:\/\//i.test(link));
  return [...new Set([...inText, ...inHtml])].filter((link) => URL.canParse(link));
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
