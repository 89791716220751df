import { isAscii, isUtf8 } from 'node:buffer';
import * as qp from 'nodemailer/lib/qp';
import { joinRaw, rawHeader, splitRaw } from '../raw.ts';
import { type HtmlChanges, trackHtml } from './html.ts';
import { type MimePart, openParts } from './mime-parts.ts';

/** RFC 5322, 2.1.1, in octets without the CRLF. */
const MAX_LINE = 998;
/** In these every byte below 0x80 is that ASCII character, so markup can be read without converting the text. */
const ASCII_BASED = /^(us-ascii|utf-?8|iso-8859-\d+|windows-125\d|koi8-[ru]|macintosh)$/;

/**
 * A raw message with its HTML tracked. Only the HTML parts change, each in its own transfer encoding and character set;
 * every other byte stays. HTML that is attached, signed, encrypted, or of a kind that cannot be read safely stays too.
 */
export function trackRaw(message: Buffer, changes: HtmlChanges): Buffer {
  const pieces: Buffer[] = [];
  let at = 0;
  for (const part of openParts(message)) {
    const changed = changedPart(message, part, changes);
    if (!changed) continue;
    pieces.push(message.subarray(at, part.start), changed);
    at = part.body_end;
  }
  return pieces.length ? Buffer.concat([...pieces, message.subarray(at)]) : message;
}

function changedPart(message: Buffer, part: MimePart, changes: HtmlChanges): Buffer | undefined {
  if (part.content_type !== 'text/html' || part.is_attachment || !ASCII_BASED.test(part.charset)) return undefined;
  const body = decoded(message.subarray(part.body_start, part.body_end), part.encoding);
  if (!body?.length) return undefined;
  const characters = encodingOf(body, part.charset);
  const html = body.toString(characters);
  // Signed or encrypted without MIME (RFC 4880, 6.2 and 7).
  if (html.includes('-----BEGIN PGP ')) return undefined;
  const tracked = trackHtml(html, { ...changes, link: changes.link && linkIn(characters, changes.link) });
  if (tracked === html) return undefined;
  const { bytes, encoding } = encoded(Buffer.from(tracked, characters), part.encoding);
  const header = message.subarray(part.start, part.body_start);
  return Buffer.concat([encoding === part.encoding ? header : withEncoding(header, encoding), bytes]);
}

/** What is not UTF-8 goes byte for byte into characters and back: whatever the character set, only the markup is touched. */
function encodingOf(body: Buffer, charset: string): 'utf8' | 'latin1' {
  return isAscii(body) || (/^utf-?8$/.test(charset) && isUtf8(body)) ? 'utf8' : 'latin1';
}

/** Where characters beyond ASCII are mere bytes, nobody knows which address they mean. */
function linkIn(characters: 'utf8' | 'latin1', link: (url: string) => string | undefined): typeof link {
  return characters === 'utf8' ? link : (url) => (/[^\0-\x7f]/.test(url) ? undefined : link(url));
}

function decoded(body: Buffer, encoding: string): Buffer | undefined {
  switch (encoding) {
    case '7bit':
    case '8bit':
      return body;
    case 'base64':
      return unpacked(body.toString('latin1'));
    case 'quoted-printable':
      return unquoted(body.toString('latin1'));
    default:
      return undefined;
  }
}

/** In the part's own encoding; where the longer links make a line too long for it, quoted-printable. */
function encoded(body: Buffer, encoding: string): { bytes: Buffer; encoding: string } {
  if (encoding === 'base64') {
    const lines = body.toString('base64').match(/.{1,76}/g) ?? [];
    return { bytes: Buffer.from(lines.join('\r\n'), 'latin1'), encoding };
  }
  if (encoding !== 'quoted-printable' && !hasLongLine(body)) return { bytes: body, encoding };
  return { bytes: Buffer.from(qp.wrap(qp.encode(body), 76), 'latin1'), encoding: 'quoted-printable' };
}

function hasLongLine(body: Buffer): boolean {
  for (let start = 0; start < body.length; ) {
    const lf = body.indexOf(10, start);
    const end = lf < 0 ? body.length : lf - 1;
    if (end - start > MAX_LINE) return true;
    start = lf < 0 ? body.length : lf + 1;
  }
  return false;
}

/** Undefined for what decoders read each in their own way: characters that are none of base64's, or padding before the end. */
function unpacked(text: string): Buffer | undefined {
  const joined = text.replaceAll(/\s+/g, '');
  return /^[A-Za-z0-9+/]*={0,2}$/.test(joined) ? Buffer.from(joined, 'base64') : undefined;
}

/** RFC 2045, 6.7: soft line breaks and trailing white space go; an escape that is none stays as it is. */
function unquoted(text: string): Buffer {
  const joined = text.replaceAll(/(?<![ \t])[ \t]+(?=\r\n|$)/g, '').replaceAll(/=(\r\n|$)/g, '');
  return Buffer.from(
    joined.replaceAll(/=([0-9A-Fa-f]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16))),
    'latin1',
  );
}

function withEncoding(header: Buffer, encoding: string): Buffer {
  const { headers, body } = splitRaw(header);
  const others = headers.filter((h) => h.name !== 'content-transfer-encoding');
  return joinRaw({ headers: [...others, rawHeader('Content-Transfer-Encoding', encoding)], body });
}
