import type { TestMessage } from '../generated/types.gen.ts';
import { canonicalAddress, parseMailbox } from './address.ts';
import { waitFor } from './wait.ts';
import type { World } from './world.ts';

/** Which mail is meant: all that is given must fit. Text must be the same, a regular expression must match. */
export interface MessageFilter {
  /** The recipient of this copy, by the envelope: also cc and bcc. */
  to?: string | undefined;
  /** The sender's address. */
  from?: string | undefined;
  subject?: string | RegExp | undefined;
  /** In the text or in the HTML. */
  body?: string | RegExp | undefined;
  email_id?: string | undefined;
}

export type MessageMatch = MessageFilter | ((message: TestMessage) => boolean);

/** The mail that recipients got, one message for each recipient. */
export interface MockInbox {
  /** All of it, oldest first. */
  readonly messages: readonly TestMessage[];
  /** The newest. */
  readonly last: TestMessage | undefined;
  /** The newest that fits. */
  find(match: MessageMatch): TestMessage | undefined;
  /** All that fit, oldest first. */
  filter(match: MessageMatch): TestMessage[];
  /** The newest that fits, as soon as there is one. Rejects after 5 s, saying what has come instead. */
  waitFor(match?: MessageMatch, options?: { timeout_ms?: number }): Promise<TestMessage>;
  /** Forgets the mail so far. */
  clear(): void;
}

export function createInbox(world: () => World): MockInbox {
  const messages = () => {
    world().clock.runDue();
    return world().captured.map(({ message }) => message);
  };
  const filter = (match: MessageMatch) => messages().filter((message) => fits(message, match));
  return {
    get messages() {
      return messages();
    },
    get last() {
      return messages().at(-1);
    },
    find: (match) => filter(match).at(-1),
    filter,
    async waitFor(match = {}, { timeout_ms = 5_000 } = {}) {
      await waitFor(world(), () => filter(match).length > 0, { timeout_ms });
      const found = filter(match).at(-1);
      if (!found) throw new Error(`No mail ${inWords(match)} within ${timeout_ms} ms; ${whatCame(messages())}`);
      return found;
    },
    clear() {
      messages();
      world().captured = [];
    },
  };
}

function fits(message: TestMessage, match: MessageMatch): boolean {
  if (typeof match === 'function') return match(message);
  const { to, from, subject, body, email_id } = match;
  return (
    (to === undefined || message.rcpt_to === canonicalAddress(bare(to))) &&
    (from === undefined || canonicalAddress(bare(message.from ?? '')) === canonicalAddress(bare(from))) &&
    (subject === undefined || says(message.subject, subject)) &&
    (body === undefined || contains(message.body_text, body) || contains(message.body_html, body)) &&
    (email_id === undefined || message.email_id === email_id)
  );
}

const bare = (mailbox: string) => parseMailbox(mailbox)?.address ?? mailbox;

function says(text: string | null, wanted: string | RegExp): boolean {
  return typeof wanted === 'string' ? text === wanted : new RegExp(wanted).test(text ?? '');
}

function contains(text: string | null, wanted: string | RegExp): boolean {
  return typeof wanted === 'string' ? (text ?? '').includes(wanted) : new RegExp(wanted).test(text ?? '');
}

function inWords(match: MessageMatch): string {
  if (typeof match === 'function') return 'fits';
  const parts = Object.entries(match).filter(([, value]) => value !== undefined);
  return parts.length ? `with ${parts.map(([name, value]) => `${name} ${value}`).join(', ')} came` : 'came';
}

function whatCame(messages: TestMessage[]): string {
  if (!messages.length) return 'none came at all.';
  const list = messages.slice(-5).map(({ rcpt_to, subject }) => `to ${rcpt_to}: ${subject}`);
  return `there is\n  ${list.join('\n  ')}`;
}
