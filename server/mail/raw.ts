/** A raw message, split where its header ends; both parts are views of the same bytes. */
export interface RawMessage {
  headers: RawHeader[];
  /** From the blank line on. */
  body: Buffer;
}

export interface RawHeader {
  /** Lower case; empty when the line has no colon. */
  name: string;
  /** All bytes of the header: name, folding, final CRLF. */
  bytes: Buffer;
}

const MAX_HEADER_BYTES = 1024 * 1024;
/** RFC 5322, 2.1.1, without the CRLF. */
const MAX_LINE_OCTETS = 998;

/** The message of these bytes, split, when it can be passed on; else why not. */
export function readRaw(bytes: Buffer): { raw: RawMessage } | { fault: string } {
  if (bytes.includes(0)) return { fault: 'holds a NUL byte' };
  if (headerEnd(bytes) > MAX_HEADER_BYTES) return { fault: 'has more than 1 MB of headers' };
  const raw = splitRaw(bytes);
  const odd = raw.headers.find(({ name }) => !/^[!-9;-~]+$/.test(name))?.bytes.toString('latin1', 0, 60);
  if (odd !== undefined) return { fault: `has a header line that is none: ${JSON.stringify(odd.trimEnd())}` };
  const fault = lineFault(bytes);
  return fault === undefined ? { raw } : { fault };
}

/**
 * Servers on the way refuse longer lines, cut them off or break them, each as it likes; and we cannot, for the structure is
 * the sender's, who may have signed it. So he is told while he can still do something about it.
 */
function lineFault(bytes: Buffer): string | undefined {
  for (let number = 1, start = 0; start < bytes.length; number++) {
    const lf = bytes.indexOf(10, start);
    const octets = (lf < 0 ? bytes.length : lf - 1) - start;
    if (octets > MAX_LINE_OCTETS) {
      return `has a line of ${octets} octets, number ${number}, where RFC 5322 (2.1.1) allows ${MAX_LINE_OCTETS}; fold the header, or encode the part in base64 or quoted-printable`;
    }
    if (lf < 0) break;
    start = lf + 1;
  }
  return undefined;
}

/**
 * The message with CRLF line ends. A file with plain LF throughout is converted, as every mail program does; a mixture
 * has no single meaning (that is how SMTP smuggling works), so it gives undefined.
 */
export function withCrlf(bytes: Buffer): Buffer | undefined {
  let lone_lf = false;
  let crlf = false;
  for (let at = bytes.indexOf(10); at >= 0; at = bytes.indexOf(10, at + 1)) {
    if (at > 0 && bytes[at - 1] === 13) crlf = true;
    else lone_lf = true;
    if (lone_lf && crlf) return undefined;
  }
  for (let at = bytes.indexOf(13); at >= 0; at = bytes.indexOf(13, at + 1)) {
    if (bytes[at + 1] !== 10) return undefined;
  }
  return lone_lf ? Buffer.from(bytes.toString('latin1').replaceAll('\n', '\r\n'), 'latin1') : bytes;
}

export function splitRaw(bytes: Buffer): RawMessage {
  const end = headerEnd(bytes);
  const headers: RawHeader[] = [];
  for (const line of unfold(bytes.subarray(0, end).toString('latin1'))) {
    headers.push({ name: nameIn(line), bytes: Buffer.from(`${line}\r\n`, 'latin1') });
  }
  return { headers, body: bytes.subarray(end) };
}

function nameIn(line: string): string {
  let end = line.indexOf(':');
  while (line[end - 1] === ' ' || line[end - 1] === '\t') end--;
  return line.slice(0, Math.max(end, 0)).toLowerCase();
}

/** The value of the first header of that name, unfolded and in UTF-8; undefined when there is none. */
export function headerValue({ headers }: RawMessage, name: string): string | undefined {
  const header = headers.find((h) => h.name === name);
  if (!header) return undefined;
  const text = header.bytes.toString('utf8');
  return text
    .slice(text.indexOf(':') + 1)
    .replaceAll(/\r\n(?=[ \t])/g, '')
    .trim();
}

export function joinRaw({ headers, body }: RawMessage): Buffer {
  const lead = headers.length || body.subarray(0, 2).equals(CRLF) ? [] : [CRLF];
  return Buffer.concat([...headers.map((h) => h.bytes), ...lead, body]);
}

export function rawHeader(name: string, value: string): RawHeader {
  return { name: name.toLowerCase(), bytes: Buffer.from(`${name}: ${value}\r\n`) };
}

const CRLF = Buffer.from('\r\n');

/** Where the headers end: before the CRLF of the blank line. */
function headerEnd(bytes: Buffer): number {
  if (bytes.subarray(0, 2).equals(CRLF)) return 0;
  const blank = bytes.indexOf('\r\n\r\n');
  return blank < 0 ? bytes.length : blank + 2;
}

function unfold(head: string): string[] {
  return head ? head.replace(/\r\n$/, '').split(/\r\n(?![ \t])/) : [];
}
