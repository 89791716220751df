import type { Database } from '../../server/store/database.ts';
import { rows } from './database.ts';
import type { ReceivedMail } from './smarthost.ts';
import { until } from './until.ts';

/** One outbound message, as the database and the receiving server have it. */
export interface Accounted {
  recipient: string;
  email_id: string;
  status: string;
  /** Conversations that were begun. */
  begun: number;
  /** Conversations whose end is on record and certain; what is missing is a lease that ran out. */
  certain: number;
  /** Copies that the receiving server has taken. */
  copies: number;
}

/** Waits until nothing is queued any more, then holds the database against what the receiving server has. */
export async function account(db: Database, received: readonly ReceivedMail[]): Promise<Accounted[]> {
  const queued = `select 1 as one from outbound_messages where status in ('scheduled', 'queued') limit 1`;
  await until(async () => (await rows(db, queued)).length === 0, { timeout_ms: 60_000, every_ms: 100 });
  const messages = await rows<Omit<Accounted, 'copies'> & { id: string }>(
    db,
    `select o.id, o.recipient, o.email_id, o.status::text, o.attempt as begun,
            (select count(*)::int from attempts a where a.message_id = o.id and a.outcome <> 'uncertain') as certain
       from outbound_messages o`,
  );
  const copies = new Map<string, number>();
  for (const { mail_parameters } of received) {
    const id = /ENVID=(\S+)/i.exec(mail_parameters)?.[1]?.toLowerCase() ?? '';
    copies.set(id, (copies.get(id) ?? 0) + 1);
  }
  return messages.map(({ id, ...message }) => ({ ...message, copies: copies.get(id) ?? 0 }));
}

/** The faults that no crash excuses: mail lost, mail nobody asked for, copies that no open end explains. */
export function faultsIn(messages: readonly Accounted[], accepted: ReadonlySet<string>): string[] {
  const seen = new Map<string, number>();
  for (const { recipient } of messages) seen.set(recipient, (seen.get(recipient) ?? 0) + 1);
  return [
    ...[...accepted].filter((recipient) => !seen.has(recipient)).map((recipient) => `${recipient}: lost`),
    ...[...seen].filter(([recipient]) => !accepted.has(recipient)).map(([recipient]) => `${recipient}: never accepted`),
    ...[...seen]
      .filter(([, count]) => count > 1)
      .map(([recipient, count]) => `${recipient}: ${count} emails for one key`),
    ...messages.filter(({ status }) => status !== 'sent').map(({ recipient, status }) => `${recipient}: ${status}`),
    ...messages.filter(({ copies }) => copies === 0).map(({ recipient }) => `${recipient}: never delivered`),
    ...messages
      .filter(({ copies, begun, certain }) => copies > 1 + (begun - certain))
      .map((message) => `${message.recipient}: unexplained copies ${JSON.stringify(message)}`),
  ];
}
