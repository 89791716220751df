import type { Attachment, SendEmail } from '../../generated/types.gen.ts';
import { envelopeAddress, parseMailbox } from '../address.ts';
import { randomText } from '../random-text.ts';
import { quoted } from './address-list.ts';
import { fromBase64, toBase64, utf8 } from './bytes.ts';
import { encodeWords } from './encoded-words.ts';
import { mailDate, type Stamp } from './stamp.ts';

/** A MIME part: its headers, and its content as it stands on the wire. */
interface Part {
  headers: [name: string, value: string][];
  content: string;
}

/** The MIME message: text and HTML as alternatives, inline images related to the HTML, attachments. Bcc is left out. */
export function compose(fields: SendEmail, stamp: Stamp): Uint8Array {
  const { from, to, cc = [], reply_to = [], subject, headers = {} } = fields;
  const list = (mailboxes: readonly string[]) => mailboxes.map(mailbox).join(', ');
  const body = bodyOf(fields);
  const lines: [string, string][] = [
    ...Object.entries(headers)
      .filter(([, value]) => value.trim() !== '')
      .map(([name, value]): [string, string] => [name, encodeWords(value)]),
    ['From', mailbox(from)],
    ['To', list(to)],
    ...(cc.length ? ([['Cc', list(cc)]] as [string, string][]) : []),
    ...(reply_to.length ? ([['Reply-To', list(reply_to)]] as [string, string][]) : []),
    ['Subject', encodeWords(subject)],
    ['Message-ID', stamp.message_id],
    ['Feedback-ID', stamp.feedback_id],
    ['Date', mailDate(stamp.date)],
    ['MIME-Version', '1.0'],
  ];
  return utf8(written({ headers: [...lines, ...body.headers], content: body.content }));
}

function bodyOf({ body_text, body_html, attachments = [] }: SendEmail): Part {
  const inline = attachments.filter((a) => a.content_id);
  const others = attachments.filter((a) => !a.content_id);
  const alternatives: Part[] = [];
  if (body_text !== undefined) alternatives.push(textPart('plain', body_text));
  if (body_html !== undefined) {
    const html = textPart('html', body_html);
    alternatives.push(inline.length ? multipart('related', [html, ...inline.map(filePart)]) : html);
  }
  const body = alternatives.length > 1 ? multipart('alternative', alternatives) : (alternatives[0] as Part);
  const behind = body_html === undefined ? attachments : others;
  return behind.length ? multipart('mixed', [body, ...behind.map(filePart)]) : body;
}

/** Plain where every server takes it (RFC 5321, 4.5.3.1.6), base64 otherwise. */
function textPart(subtype: 'plain' | 'html', text: string): Part {
  const lines = text.replaceAll(/\r\n?/g, '\n').replaceAll('\n', '\r\n');
  const isPlain = /^[\t\r\n -~]*$/.test(lines) && !/[^\r\n]{77}/.test(lines);
  return {
    headers: [
      ['Content-Type', `text/${subtype}; charset=utf-8`],
      ['Content-Transfer-Encoding', isPlain ? '7bit' : 'base64'],
    ],
    content: isPlain ? lines : wrapped(toBase64(utf8(lines))),
  };
}

const TYPES: Record<string, string> = {
  csv: 'text/csv',
  gif: 'image/gif',
  html: 'text/html',
  ics: 'text/calendar',
  jpeg: 'image/jpeg',
  jpg: 'image/jpeg',
  json: 'application/json',
  pdf: 'application/pdf',
  png: 'image/png',
  svg: 'image/svg+xml',
  txt: 'text/plain',
  webp: 'image/webp',
  xml: 'application/xml',
  zip: 'application/zip',
};

function filePart({ filename, content, content_type, content_id }: Attachment): Part {
  const extension = filename.split('.').at(-1)?.toLowerCase() ?? '';
  const type = content_type ?? (Object.hasOwn(TYPES, extension) && TYPES[extension]) ?? 'application/octet-stream';
  const safe = !type || /^(multipart|message)\//i.test(type) ? 'application/octet-stream' : type;
  return {
    headers: [
      ['Content-Type', `${safe}; ${parameter('name', filename)}`],
      ['Content-Transfer-Encoding', 'base64'],
      ...(content_id ? ([['Content-ID', `<${content_id}>`]] as [string, string][]) : []),
      ['Content-Disposition', `${content_id ? 'inline' : 'attachment'}; ${parameter('filename', filename)}`],
    ],
    content: wrapped(toBase64(fromBase64(content))),
  };
}

/** RFC 2231 for what is not plain ASCII. */
function parameter(name: string, value: string): string {
  if (/^[ -~]*$/.test(value)) return `${name}="${value.replaceAll(/["\\]/g, '\\$&')}"`;
  return `${name}*=utf-8''${encodeURIComponent(value).replaceAll(/['()*]/g, (c) => `%${c.charCodeAt(0).toString(16)}`)}`;
}

function multipart(subtype: string, parts: Part[]): Part {
  const boundary = `--_koltrix_${randomText(24)}`;
  const content = parts.map((part) => `--${boundary}\r\n${written(part)}\r\n`).join('');
  return {
    headers: [['Content-Type', `multipart/${subtype}; boundary="${boundary}"`]],
    content: `${content}--${boundary}--\r\n`,
  };
}

function written({ headers, content }: Part): string {
  return `${headers.map(([name, value]) => `${name}: ${folded(value)}`).join('\r\n')}\r\n\r\n${content}`;
}

/** Lines of at most 998 octets, broken at white space (RFC 5322, 2.1.1). */
function folded(value: string): string {
  let line = 0;
  return value.replaceAll(/[ \t]+[^ \t]*/g, (piece) => {
    line += piece.length;
    if (line < 70) return piece;
    line = piece.length;
    return `\r\n${piece}`;
  });
}

const wrapped = (base64: string) => base64.replaceAll(/.{76}(?=.)/g, '$&\r\n');

function mailbox(text: string): string {
  const parsed = parseMailbox(text);
  if (!parsed) return text;
  const address = envelopeAddress(parsed.address);
  if (!parsed.name) return address;
  const isAscii = /^[ -~]*$/.test(parsed.name);
  return `${isAscii ? quoted(parsed.name) : encodeWords(parsed.name)} <${address}>`;
}
