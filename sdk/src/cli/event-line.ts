import type { Event } from '../index.ts';
import type { Printer } from './printer.ts';
import { listLine, padded, plain, recipientCell } from './text.ts';
import { clockTime, dateAndTimeFor } from './times.ts';
import { type EventWords, wordsFor } from './words.ts';

/** The longest type, `delivery_delayed`. */
const NAME_WIDTH = 16;

/** The type of an event as a cell of a list. */
export const typeCell = ({ name, style }: EventWords, out: Printer) => out.paint(style, padded(name, NAME_WIDTH));

/** One event as a line: when, what, to whom, of which email, and what else is worth knowing. */
export function eventLine(event: Event, out: Printer, when: 'clock' | 'date'): string {
  const words = wordsFor(event);
  // A newer server may tell of other things than mail.
  const { recipient = '', email_id = '', subject = '' }: Partial<Event['data']> = event.data;
  const time = when === 'clock' ? clockTime(event.created_at) : dateAndTimeFor(out, event.created_at);
  const cells = [
    out.paint('dim', time),
    typeCell(words, out),
    recipientCell(recipient, out),
    out.paint('dim', email_id),
  ];
  return listLine(out, cells, [plain(subject), words.detail].filter(Boolean).join(' · '));
}
