import { parseHeaderValue } from 'nodemailer/lib/mime-funcs';
import { headerValue, splitRaw } from '../raw.ts';

/** One part of a MIME message that holds content rather than parts; offsets are bytes of the whole message. */
export interface MimePart {
  /** Where the part's header begins, and where its body begins and ends (before the boundary's own line break). */
  start: number;
  body_start: number;
  body_end: number;
  /** Lower case. */
  content_type: string;
  charset: string;
  encoding: string;
  is_attachment: boolean;
}

const MAX_DEPTH = 20;
/** A message of more parts than this is none that a mail program shows; of such a one no part is open. */
const MAX_PARTS = 1_000;

/**
 * The content parts of a message that may be changed, in order. What is signed or encrypted, and messages within the
 * message, are left out with all they hold: a single changed byte would break them.
 */
export function openParts(message: Buffer): MimePart[] {
  const parts: MimePart[] = [];
  walk(message, 0, message.length, 0, parts);
  return parts.length > MAX_PARTS ? [] : parts;
}

function walk(message: Buffer, start: number, end: number, depth: number, parts: MimePart[]): void {
  if (parts.length > MAX_PARTS) return;
  // Within the part alone: a look beyond its end, once for each of many parts, would take hours.
  const part = message.subarray(start, end);
  const head = splitRaw(part);
  const blank = part.indexOf('\r\n\r\n');
  const body_start = head.headers.length ? (blank < 0 ? end : start + blank + 4) : Math.min(start + 2, end);
  const { value, params } = parseHeaderValue(headerValue(head, 'content-type') ?? 'text/plain');
  const content_type = value.trim().toLowerCase();
  if (!content_type.startsWith('multipart/')) {
    const disposition = headerValue(head, 'content-disposition') ?? '';
    parts.push({
      start,
      body_start,
      body_end: end,
      content_type,
      charset: (params.charset ?? 'us-ascii').toLowerCase(),
      encoding: (headerValue(head, 'content-transfer-encoding') ?? '7bit').toLowerCase(),
      is_attachment: /^attachment\b/i.test(disposition.trim()),
    });
    return;
  }
  if (/^multipart\/(signed|encrypted)$/.test(content_type) || !params.boundary || depth === MAX_DEPTH) return;
  for (const [from, to] of between(message, params.boundary, body_start, end)) {
    walk(message, from, to, depth + 1, parts);
  }
}

/** The stretches between a boundary's lines; what comes before the first and after the closing one is not content. */
function between(message: Buffer, boundary: string, start: number, end: number): [number, number][] {
  const delimiter = Buffer.from(`\r\n--${boundary}`);
  const within = message.subarray(0, end);
  const stretches: [number, number][] = [];
  let from: number | undefined;
  // The first may follow the header's blank line at once, and share its line end.
  let at = within.indexOf(delimiter, Math.max(0, start - 2));
  for (; at >= 0 && stretches.length <= MAX_PARTS; at = within.indexOf(delimiter, at + 2)) {
    const after = at + delimiter.length;
    const line_end = within.indexOf('\r\n', after);
    const rest = within.toString('latin1', after, line_end < 0 ? end : line_end);
    // Another boundary may begin with the same characters.
    if (!/^(--)?[ \t]*$/.test(rest)) continue;
    if (from !== undefined) stretches.push([from, Math.max(from, at)]);
    from = rest.startsWith('--') || line_end < 0 ? undefined : line_end + 2;
    if (from === undefined) break;
  }
  // A message cut short: its last part goes on to the end.
  if (from !== undefined && from < end) stretches.push([from, end]);
  return stretches;
}
