import type { Event } from '../index.ts';
import type { Printer } from './printer.ts';
import { cut, padded, plain, widthOf } from './text.ts';
import { clockTime, dateAndTime } from './times.ts';
import { wordsFor } from './words.ts';

/** The longest type, `delivery_delayed`. */
const NAME_WIDTH = 16;
const RECIPIENT_WIDTH = 26;

/** One event as a line: when, what, to whom, of which email, and what else is worth knowing. */
export function eventLine(event: Event, out: Printer, when: 'clock' | 'date'): string {
  const { name, style, detail } = wordsFor(event);
  const { recipient, email_id, subject } = event.data;
  const time = when === 'clock' ? clockTime(event.created_at) : dateAndTime(event.created_at);
  const head = [
    out.paint('dim', time),
    out.paint(style, padded(name, NAME_WIDTH)),
    padded(plain(recipient), RECIPIENT_WIDTH),
    out.paint('dim', email_id),
  ].join('  ');
  const rest = [plain(subject), detail].filter(Boolean).join(' · ');
  return `${head}  ${cut(rest, Math.max(20, out.width - widthOf(head) - 2))}`;
}
