import { Tokenizer } from 'htmlparser2';

/** What tracking puts into a recipient's copy; what is undefined stays out. */
export interface HtmlChanges {
  /** The address that counts a click and leads to the link's own; undefined leaves the link as it is. */
  link?: ((url: string) => string | undefined) | undefined;
  /** The address of the invisible image that tells of an open. */
  pixel?: string | undefined;
}

/** Where something is to be written over: half-open, in characters. */
interface Splice {
  start: number;
  end: number;
  text: string;
}

/**
 * Rewrites the `http` and `https` links of anchors and adds the image that tells of an open. The HTML is read by a
 * tokenizer and written over in place, so that everything else stays as its author wrote it, to the letter. Anchors
 * marked `data-koltrix-no-track` stay as they are.
 */
export function trackHtml(html: string, { link, pixel }: HtmlChanges): string {
  const { anchors, end_of_body } = scan(html);
  const splices: Splice[] = [];
  for (const { url, start, end, quoted } of link ? anchors : []) {
    const address = link?.(url);
    if (address) splices.push({ start, end, text: quoted ? address : `"${address}"` });
  }
  if (pixel) splices.push({ start: end_of_body, end: end_of_body, text: image(pixel) });
  return spliced(html, splices);
}

function image(address: string): string {
  return `<img src="${address}" alt="" width="1" height="1" border="0" style="height:1px!important;width:1px!important;border:0!important;margin:0!important;padding:0!important">`;
}

interface Anchor {
  /** Entities resolved, white space around it cut off. */
  url: string;
  /** Where the attribute's value stands, without its quotes. */
  start: number;
  end: number;
  quoted: boolean;
}

interface Attribute {
  name: string;
  value: string;
  start: number;
  end: number;
  quoted: boolean;
}

/** What the tokenizer calls a value without quotes; no value is less, both sorts of quotes are more. */
const UNQUOTED = 1;
const BEFORE_VALUE = /\s*=\s*["']?/y;

/** The anchors that may be tracked, in order, and the place before `</body>`, or the end. */
function scan(html: string): { anchors: Anchor[]; end_of_body: number } {
  const anchors: Anchor[] = [];
  let end_of_body = html.length;
  let tag = '';
  let attributes: Attribute[] = [];
  let name = '';
  let name_end = 0;
  let value = '';

  const endTag = (): void => {
    if (tag === 'a' && !attributes.some((a) => a.name === 'data-koltrix-no-track')) {
      const href = attributes.find((a) => a.name === 'href');
      const url = href?.value.trim();
      if (href && url && isWeb(url)) anchors.push({ ...href, url });
    }
    tag = '';
    attributes = [];
  };
  const ignore = (): void => {};
  const tokenizer = new Tokenizer(
    { decodeEntities: true },
    {
      onopentagname(start, end) {
        tag = html.slice(start, end).toLowerCase();
        attributes = [];
      },
      onattribname(start, end) {
        name = html.slice(start, end).toLowerCase();
        name_end = end;
        value = '';
      },
      onattribdata(start, end) {
        value += html.slice(start, end);
      },
      onattribentity(codepoint) {
        value += String.fromCodePoint(codepoint);
      },
      onattribend(quote, end) {
        BEFORE_VALUE.lastIndex = name_end;
        BEFORE_VALUE.test(html);
        const quoted = quote > UNQUOTED;
        attributes.push({ name, value, start: BEFORE_VALUE.lastIndex, end: quoted ? end - 1 : end, quoted });
      },
      onopentagend: endTag,
      onselfclosingtag: endTag,
      onclosetag(start, end) {
        // Of several the last: mail is often put together from pieces with bodies of their own.
        if (html.slice(start, end).toLowerCase() === 'body') end_of_body = html.lastIndexOf('<', start);
      },
      oncdata: ignore,
      oncomment: ignore,
      ondeclaration: ignore,
      onend: ignore,
      onprocessinginstruction: ignore,
      ontext: ignore,
      ontextentity: ignore,
    },
  );
  tokenizer.write(html);
  tokenizer.end();
  return { anchors, end_of_body };
}

/** Longer than this, as it travels: each character beyond ASCII takes up to 12. Ours would be too long for servers on the way. */
const MAX_URL_CHARACTERS = 2_000;

function isWeb(url: string): boolean {
  return /^https?:\/\//i.test(url) && (URL.parse(url)?.href.length ?? Number.POSITIVE_INFINITY) <= MAX_URL_CHARACTERS;
}

function spliced(text: string, splices: Splice[]): string {
  let out = '';
  let at = 0;
  for (const splice of splices.sort((a, b) => a.start - b.start)) {
    out += text.slice(at, splice.start) + splice.text;
    at = splice.end;
  }
  return out + text.slice(at);
}
