import type { TestHeader } from '../../generated/types.gen.ts';
import { bytesOf, decode, latin1 } from './bytes.ts';

const MAX_HEADER_BYTES = 1024 * 1024;
const MAX_LINE_OCTETS = 998;

/** A message, split where its header ends: before the CRLF of the blank line. */
export function splitMessage(bytes: Uint8Array): { head: Uint8Array; rest: Uint8Array } {
  const end = headerEnd(latin1(bytes.subarray(0, MAX_HEADER_BYTES + 4)));
  return { head: bytes.subarray(0, end), rest: bytes.subarray(end) };
}

function headerEnd(text: string): number {
  if (text.startsWith('\r\n')) return 0;
  const blank = text.indexOf('\r\n\r\n');
  return blank < 0 ? text.length : blank + 2;
}

/** Each header's whole text, folding and all, without its last line end. */
export function headerLines(head: Uint8Array): string[] {
  const text = latin1(head).replace(/\r\n$/, '');
  return text ? text.split(/\r\n(?![ \t])/) : [];
}

/** The headers in the order of the wire, unfolded, in UTF-8, nothing else decoded. */
export function headersOf(head: Uint8Array): TestHeader[] {
  return headerLines(head)
    .map((line) => decode(bytesOf(line)).replaceAll(/\r\n(?=[ \t])/g, ''))
    .filter((line) => line.indexOf(':') > 0)
    .map((line) => {
      const colon = line.indexOf(':');
      return { name: line.slice(0, colon).trimEnd(), value: line.slice(colon + 1).trim() };
    });
}

/** The value of a message's first header of that name, unfolded; undefined when there is none. */
export function headerValue(message: Uint8Array, name: string): string | undefined {
  return headerNamed(headersOf(splitMessage(message).head), name);
}

export function headerNamed(headers: readonly TestHeader[], name: string): string | undefined {
  return headers.find((header) => header.name.toLowerCase() === name)?.value;
}

/** Why the bytes are no message that can be passed on; undefined when they are. */
export function messageFault(bytes: Uint8Array): string | undefined {
  if (bytes.includes(0)) return 'holds a NUL byte';
  const { head } = splitMessage(bytes);
  if (head.length > MAX_HEADER_BYTES) return 'has more than 1 MB of headers';
  const odd = headerLines(head).find((line) => !/^[!-9;-~]+[ \t]*:/.test(line));
  if (odd !== undefined) return `has a header line that is none: ${JSON.stringify(odd.slice(0, 60))}`;
  return lineFault(bytes);
}

/** RFC 5322, 2.1.1. */
function lineFault(bytes: Uint8Array): string | undefined {
  const lines = latin1(bytes).split('\r\n');
  const at = lines.findIndex((line) => line.length > MAX_LINE_OCTETS);
  if (at < 0) return undefined;
  return `has a line of ${lines[at]?.length} octets, number ${at + 1}, where RFC 5322 (2.1.1) allows ${MAX_LINE_OCTETS}; fold the header, or encode the part in base64 or quoted-printable`;
}

/** With CRLF line ends; undefined for a mixture, which has no single meaning. */
export function withCrlf(bytes: Uint8Array): Uint8Array | undefined {
  const text = latin1(bytes);
  if (/\r(?!\n)/.test(text)) return undefined;
  const hasLoneLf = /(?<!\r)\n/.test(text);
  if (!hasLoneLf) return bytes;
  return text.includes('\r\n') ? undefined : bytesOf(text.replaceAll('\n', '\r\n'));
}
