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

/**
 * The content parts of a message that may be changed, in order. What is signed or encrypted, and messages within the
 * message, are left out with all they hold: a single changed byte would break them.
 */
export function openParts(message: Buffer): MimePart[] {
  const parts: MimePart[] = [];
  walk(message, 0, message.length, 0, parts);
  return parts;
}

function walk(message: Buffer, start: number, end: number, depth: number, parts: MimePart[]): void {
  const head = splitRaw(message.subarray(start, end));
  const blank = message.indexOf('\r\n\r\n', start);
  const body_start = head.headers.length ? (blank < 0 || blank + 4 > end ? end : blank + 4) : Math.min(start + 2, end);
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
  const delimiter = Buffer.from(`--${boundary}`);
  const stretches: [number, number][] = [];
  let from: number | undefined;
  for (let at = message.indexOf(delimiter, start); at >= 0 && at < end; at = message.indexOf(delimiter, at + 1)) {
    const begins_line = at === start || (message[at - 2] === 13 && message[at - 1] === 10);
    const after = at + delimiter.length;
    const line_end = message.indexOf('\r\n', after);
    const rest = message.toString('latin1', after, line_end < 0 || line_end > end ? end : line_end);
    // Another boundary may begin with the same characters.
    if (!begins_line || !/^(--)?[ \t]*$/.test(rest)) continue;
    if (from !== undefined) stretches.push([from, Math.max(from, at - 2)]);
    from = rest.startsWith('--') || line_end < 0 ? undefined : line_end + 2;
    if (from === undefined) break;
  }
  // A message cut short: its last part goes on to the end.
  if (from !== undefined && from < end) stretches.push([from, end]);
  return stretches;
}
