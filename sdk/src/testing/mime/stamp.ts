import { bytesOf, concat, latin1, utf8 } from './bytes.ts';
import { headerLines, headerNamed, headersOf, splitMessage } from './headers.ts';

/** What Koltrix itself writes into a copy. */
export interface Stamp {
  message_id: string;
  date: Date;
  feedback_id: string;
}

/** Headers of a raw message that are the sender's business with Koltrix, or that must not leave. */
const REMOVED = /^((resent-)?bcc|return-path|x-koltrix-.*|feedback-id)$/;

/** A raw message as it leaves: byte for byte, but for the headers that Koltrix removes or adds where they are missing. */
export function stampRaw(bytes: Uint8Array, stamp: Stamp, mail_from: string): Uint8Array {
  const { head, rest } = splitMessage(bytes);
  const headers = headersOf(head);
  const missing = [
    ['Message-ID', stamp.message_id],
    ['Date', mailDate(stamp.date)],
    ['From', mail_from],
  ].filter(([name]) => headerNamed(headers, (name as string).toLowerCase()) === undefined);
  const added = [...missing, ['Feedback-ID', stamp.feedback_id]].map(([name, value]) => `${name}: ${value}\r\n`);
  const kept = headerLines(head).filter((line) => !REMOVED.test(nameOf(line)));
  const blank = rest.length && latin1(rest.subarray(0, 2)) === '\r\n' ? '' : '\r\n';
  const start = kept.map((line) => `${line}\r\n`).join('') + (kept.length || !blank ? '' : blank);
  return concat(utf8(added.join('')), bytesOf(start), rest);
}

const nameOf = (line: string) => line.slice(0, line.indexOf(':')).trimEnd().toLowerCase();

/** RFC 5322, 3.3. */
export const mailDate = (date: Date) => date.toUTCString().replace('GMT', '+0000');
