import type { Event, EventType, MessageStatus } from '../index.ts';
import type { Style } from './printer.ts';
import { plain } from './text.ts';
import { clockTime, dateAndTime } from './times.ts';

const GOOD: Style = 'green';
const WAITING: Style = 'cyan';
const WORTH_A_LOOK: Style = 'yellow';
const BAD: Style = 'red';

/** The colour of each state. */
const statuses: Record<MessageStatus, Style> = {
  scheduled: WAITING,
  queued: WAITING,
  sent: GOOD,
  delivered: GOOD,
  opened: GOOD,
  clicked: GOOD,
  suppressed: WORTH_A_LOOK,
  canceled: WORTH_A_LOOK,
  failed: BAD,
  bounced: BAD,
  complained: BAD,
};

export const statusNames = Object.keys(statuses) as MessageStatus[];

/** A newer server may have states that this version does not know. */
export const styleOf = (status: string): Style => statuses[status as MessageStatus] ?? WORTH_A_LOOK;

interface Words<T extends EventType> {
  style: Style;
  /** What is worth knowing beside the type. */
  detail(data: Extract<Event, { type: T }>['data']): string;
}

/** What a server said; most texts begin with the codes already. */
export function replyAsText(code: number | null, enhanced: string | null, text: string): string {
  if (code === null || text.startsWith(String(code))) return text;
  return [code, enhanced, text].filter(Boolean).join(' ');
}

/** An event type that is new in the contract does not compile until it has its words. */
const events: { [T in EventType]: Words<T> } = {
  'email.scheduled': { style: WAITING, detail: ({ schedule }) => `for ${dateAndTime(schedule.scheduled_at)}` },
  'email.queued': { style: WAITING, detail: () => '' },
  'email.sent': { style: GOOD, detail: ({ delivery }) => `to ${delivery.host}` },
  'email.delivered': { style: GOOD, detail: ({ delivery }) => `by ${delivery.host}` },
  'email.delivery_delayed': {
    style: WORTH_A_LOOK,
    detail: ({ delay }) =>
      [
        replyAsText(delay.smtp_code, delay.enhanced_code, delay.diagnostic),
        delay.retry_at && `next try at ${clockTime(delay.retry_at)}`,
      ]
        .filter(Boolean)
        .join('; '),
  },
  'email.bounced': {
    style: BAD,
    detail: ({ bounce }) =>
      `${bounce.class}: ${replyAsText(bounce.smtp_code, bounce.enhanced_code, bounce.diagnostic)}`,
  },
  'email.failed': { style: BAD, detail: ({ failure }) => `${failure.reason}: ${failure.diagnostic}` },
  'email.suppressed': { style: WORTH_A_LOOK, detail: ({ suppression }) => suppression.reason },
  'email.canceled': { style: WORTH_A_LOOK, detail: () => '' },
  'email.opened': { style: GOOD, detail: ({ open }) => (open.machine ? 'by a machine' : '') },
  'email.clicked': { style: GOOD, detail: ({ click }) => click.url },
  'email.complained': { style: BAD, detail: ({ complaint }) => complaint.feedback_type },
  'email.unsubscribed': { style: WORTH_A_LOOK, detail: ({ unsubscribe }) => unsubscribe.method },
};

export const eventTypes = Object.keys(events) as EventType[];

export interface EventWords {
  /** The type, without what all types have in common. */
  name: string;
  style: Style;
  detail: string;
}

export function wordsFor(event: Event): EventWords {
  const words = events[event.type] as Words<EventType> | undefined;
  return {
    name: plain(event.type.replace(/^email\./, '')),
    style: words?.style ?? WORTH_A_LOOK,
    detail: words ? plain(words.detail(event.data)) : '',
  };
}
