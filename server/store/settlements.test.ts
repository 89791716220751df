import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { givenDatabase, rows, type TestDatabase } from '../../test/support/database.ts';
import { newId } from './ids.ts';
import { type Settlement, settle } from './settlements.sql.ts';

const now = new Date('2026-11-22T08:00:00Z');
let database: TestDatabase;
beforeAll(async () => {
  database = await givenDatabase();
});
afterAll(() => database[Symbol.asyncDispose]());

/** A message under its second lease. */
async function leased(): Promise<string> {
  const [message] = await rows<{ id: string }>(
    database.db,
    `insert into outbound_messages (id, tenant_id, email_id, recipient, recipient_canonical, kind, status, due_at, queued_at,
                                    leased_by, attempt)
     values (gen_random_uuid(), gen_random_uuid(), gen_random_uuid(), 'a@x.test', 'a@x.test', 'to', 'queued', $1, $1, 'w', 2)
     returning id`,
    [now],
  );
  return message?.id as string;
}

const accepted = (message_id: string, attempt: number): Settlement => ({
  message_id,
  worker: 'w',
  attempt,
  status: 'sent',
  due_at: null,
  spends_try: true,
  record: {
    started_at: now,
    duration_ms: 12,
    host: 'mx.x.test',
    remote_address: '192.0.2.1',
    source_address: null,
    tls: null,
    outcome: 'accepted',
    smtp_code: 250,
    enhanced_code: '2.0.0',
    reply: '2.0.0 Ok',
  },
  events: [{ id: newId(), type: 'email.sent', detail: { delivery: { host: 'mx.x.test' } } as never }],
  suppression: undefined,
});

const recorded = async (message_id: string) => ({
  events: (await rows(database.db, 'select from events where message_id = $1', [message_id])).length,
  attempts: await rows(database.db, 'select number from attempts where message_id = $1', [message_id]),
});

describe('a conversation whose lease ran out', () => {
  test('is not settled', async () => {
    const id = await leased();
    expect(await settle(database.db, [accepted(id, 1)], now)).toEqual([{ tenant_id: undefined, webhooks: false }]);
    expect(await recorded(id)).toEqual({ events: 0, attempts: [] });
  });

  test('adds nothing to that of the next lease which ends with it', async () => {
    for (const order of [
      [1, 2],
      [2, 1],
    ]) {
      const [id, other] = [await leased(), await leased()];
      const settled = await settle(database.db, [...order.map((n) => accepted(id, n)), accepted(other, 2)], now);
      expect(settled.map(({ tenant_id }) => tenant_id !== undefined)).toEqual([...order.map((n) => n === 2), true]);
      expect(await recorded(id)).toEqual({ events: 1, attempts: [{ number: 2 }] });
      expect(await recorded(other)).toEqual({ events: 1, attempts: [{ number: 2 }] });
    }
  });
});
