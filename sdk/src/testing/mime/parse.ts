import type { TestAttachment, TestHeader, TestMessage } from '../../generated/types.gen.ts';
import { readableAddresses } from './address-list.ts';
import { bytesOf, decode, fromBase64, latin1, toBase64 } from './bytes.ts';
import { decodeWords } from './encoded-words.ts';
import { headerNamed, headersOf, splitMessage } from './headers.ts';
import { linksOf } from './links.ts';

export type ParsedMail = Pick<
  TestMessage,
  'subject' | 'from' | 'to' | 'cc' | 'headers' | 'body_text' | 'body_html' | 'links' | 'attachments'
>;

/** What a mail program would show of a message, attachments with their contents. */
export function parseMail(source: Uint8Array): ParsedMail {
  const { head, rest } = splitMessage(source);
  const headers = headersOf(head);
  const value = (name: string) => headerNamed(headers, name);
  const found: Found = { text: [], html: [], attachments: [] };
  collect(headers, latin1(rest).replace(/^\r\n/, ''), found, 0);
  const body_text = found.text.join('\n') || null;
  const body_html = found.html.join('<br/>\n') || null;
  const subject = value('subject');
  return {
    subject: subject === undefined ? null : decodeWords(subject),
    from: readableAddresses(value('from')).join(', ') || null,
    to: readableAddresses(value('to')),
    cc: readableAddresses(value('cc')),
    headers,
    body_text,
    body_html,
    links: linksOf(body_text ?? '', body_html ?? ''),
    attachments: found.attachments,
  };
}

interface Found {
  text: string[];
  html: string[];
  attachments: TestAttachment[];
}

const MAX_DEPTH = 20;

/** Walks a part and those within it; `content` has one character for each byte. */
function collect(headers: TestHeader[], content: string, found: Found, depth: number): void {
  const type = fieldOf(headerNamed(headers, 'content-type') ?? 'text/plain');
  const disposition = fieldOf(headerNamed(headers, 'content-disposition') ?? '');
  const { boundary } = type.parameters;
  if (type.value.startsWith('multipart/') && boundary !== undefined && depth < MAX_DEPTH) {
    for (const part of partsOf(content, boundary)) {
      const { head, rest } = splitMessage(bytesOf(part));
      collect(headersOf(head), latin1(rest).replace(/^\r\n/, ''), found, depth + 1);
    }
    return;
  }
  const bytes = decoded(content, headerNamed(headers, 'content-transfer-encoding'));
  const isText = /^text\/(plain|html)$/.test(type.value) || !type.value;
  if (isText && disposition.value !== 'attachment') {
    const text = decode(bytes, type.parameters.charset).replaceAll('\r\n', '\n');
    (type.value === 'text/html' ? found.html : found.text).push(text);
    return;
  }
  const filename = disposition.parameters.filename ?? type.parameters.name;
  found.attachments.push({
    filename: filename === undefined ? null : decodeWords(filename),
    content_type: type.value,
    content_id: headerNamed(headers, 'content-id')?.replaceAll(/^<|>$/g, '') ?? null,
    size_bytes: bytes.length,
    content: toBase64(bytes),
  });
}

function partsOf(content: string, boundary: string): string[] {
  const delimiter = new RegExp(`(?:^|\\r\\n)--${boundary.replaceAll(/[^\w]/g, '\\$&')}(--)?[ \\t]*(?:\\r\\n|$)`);
  const [, ...rest] = content.split(delimiter);
  const parts: string[] = [];
  // Between the parts stands whether the delimiter before was the closing one.
  for (let at = 0; at + 1 < rest.length && rest[at] === undefined; at += 2) parts.push(rest[at + 1] as string);
  return parts;
}

function decoded(content: string, encoding = '7bit'): Uint8Array {
  switch (encoding.trim().toLowerCase()) {
    case 'base64':
      return fromBase64(content);
    case 'quoted-printable':
      return bytesOf(
        content
          .replaceAll(/=[ \t]*\r\n/g, '')
          .replaceAll(/[ \t]+(?=\r\n|$)/g, '')
          .replaceAll(/=([0-9a-f]{2})/gi, (_, hex) => String.fromCharCode(Number.parseInt(hex, 16))),
      );
    default:
      return bytesOf(content);
  }
}

interface Field {
  /** Lower case. */
  value: string;
  parameters: Record<string, string | undefined>;
}

/** A structured header such as `Content-Type`, with its parameters (RFC 2045, RFC 2231 without continuations). */
function fieldOf(text: string): Field {
  const [value = ''] = text.split(';', 1);
  const parameters: Field['parameters'] = Object.create(null);
  for (const [, name = '', star, quoted, plain] of text.matchAll(
    /;\s*([\w-]+)(\*)?=(?:"((?:[^"\\]|\\.)*)"|([^;\s]*))/g,
  )) {
    const raw = quoted?.replaceAll(/\\(.)/g, '$1') ?? plain ?? '';
    parameters[name.toLowerCase()] = star ? extended(raw) : raw;
  }
  return { value: value.trim().toLowerCase(), parameters };
}

function extended(text: string): string {
  const [, charset = 'utf-8', content = text] = /^([^']*)'[^']*'(.*)$/s.exec(text) ?? [];
  return decode(
    bytesOf(content.replaceAll(/%([0-9a-f]{2})/gi, (_, hex) => String.fromCharCode(Number.parseInt(hex, 16)))),
    charset || 'utf-8',
  );
}
