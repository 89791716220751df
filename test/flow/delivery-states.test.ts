import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { newId } from '../../server/store/ids.ts';
import { givenDatabase, rows, type TestDatabase } from '../support/database.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await givenDatabase();
});
afterAll(() => database[Symbol.asyncDispose]());

interface Row {
  status: string;
  due_at?: string | null;
  queued_at?: string | null;
  leased_by?: string | null;
  kind?: string;
}

const AT = '2026-01-01T00:00:00Z';
const RANKS = [
  'scheduled',
  'queued',
  'sent',
  'delivered',
  'opened',
  'clicked',
  'suppressed',
  'canceled',
  'failed',
  'bounced',
  'complained',
];
const isWaiting = (status: string) => status === 'scheduled' || status === 'queued';

/** A row that is legal unless it is told otherwise. */
async function insert(row: Row): Promise<string> {
  const { status, due_at = isWaiting(status) ? AT : null, queued_at = AT, leased_by = null, kind = 'to' } = row;
  const id = newId();
  await rows(
    database.db,
    `insert into outbound_messages (id, tenant_id, email_id, recipient, recipient_canonical, kind, status, due_at,
                                    queued_at, leased_by)
     values ($1, $2, $3, 'ada@example.test', 'ada@example.test', $4, $5::message_status, $6, $7, $8)`,
    [id, newId(), newId(), kind, status, due_at, queued_at, leased_by],
  );
  return id;
}

const move = (id: string, status: string) =>
  rows(
    database.db,
    `update outbound_messages set leased_by = null, status = $2::message_status,
            due_at = case when $2 in ('scheduled', 'queued') then due_at end where id = $1 returning status::text`,
    [id, status],
  );

describe('the database refuses', () => {
  test.each<[string, Row]>([
    ['a message in the queue that is never due', { status: 'queued', due_at: null }],
    ['a scheduled message that is never due', { status: 'scheduled', due_at: null }],
    ['a sent message that is still due', { status: 'sent', due_at: AT }],
    ['a bounced message that is still due', { status: 'bounced', due_at: AT }],
    ['a lease on a message that has left', { status: 'sent', leased_by: 'a worker' }],
    ['a lease on a message that is scheduled', { status: 'scheduled', leased_by: 'a worker' }],
    ['a message in the queue since nobody knows when', { status: 'queued', queued_at: null }],
    ['an unknown status', { status: 'lost', due_at: null }],
    ['an unknown kind of recipient', { status: 'queued', kind: 'from' }],
  ])('%s', async (_name, row) => {
    await expect(insert(row)).rejects.toThrow(/violates check constraint|invalid input value for enum/);
  });
});

test.each(RANKS)('a legal row that is %s is taken', async (status) => {
  await expect(insert({ status })).resolves.toEqual(expect.any(String));
});

test('a status only moves forward by rank, whatever the statement', async () => {
  for (const [i, from] of RANKS.entries()) {
    for (const [j, to] of RANKS.entries()) {
      const moved = move(await insert({ status: from }), to);
      if (j < i) await expect(moved, `${from} to ${to}`).rejects.toThrow(`status ${to} cannot follow ${from}`);
      else await expect(moved, `${from} to ${to}`).resolves.toEqual([{ status: to }]);
    }
  }
});

test('a conversation is on record once, with an outcome that is known', async () => {
  const insertAttempt = (message_id: string, outcome: string) =>
    rows(
      database.db,
      `insert into attempts (message_id, number, started_at, duration_ms, outcome, reply)
       values ($1, 1, now(), 1, $2, '')`,
      [message_id, outcome],
    );
  const id = newId();
  await insertAttempt(id, 'accepted');
  await expect(insertAttempt(id, 'accepted')).rejects.toThrow(/duplicate key/);
  await expect(insertAttempt(newId(), 'perhaps')).rejects.toThrow(/invalid input value for enum/);
});
