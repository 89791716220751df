import { randomUUID } from 'node:crypto';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { givenDatabase, rows, type TestDatabase } from '../../test/support/database.ts';
import contract from '../generated/openapi.gen.json' with { type: 'json' };
import { emailStatus, type MessageStatus, messageStatuses, movesForward } from './email-status.ts';

const status = fc.constantFrom(...messageStatuses);

describe('the rank of a status', () => {
  test('makes a strict order: of two different ones exactly one way is forward', () => {
    fc.assert(
      fc.property(status, status, status, (a, b, c) => {
        expect(movesForward(a, a)).toBe(false);
        if (a !== b) expect(movesForward(a, b)).toBe(!movesForward(b, a));
        if (movesForward(a, b) && movesForward(b, c)) expect(movesForward(a, c)).toBe(true);
      }),
    );
  });

  test('is the order of the contract’s enum', () => {
    expect(contract.components.schemas.MessageStatus.enum).toEqual([...messageStatuses]);
  });
});

describe('an email’s status', () => {
  test.each<[MessageStatus[], MessageStatus]>([
    [['queued', 'delivered'], 'queued'],
    [['scheduled', 'queued'], 'scheduled'],
    [['sent', 'delivered', 'bounced'], 'delivered'],
    [['clicked', 'complained'], 'clicked'],
    [['canceled', 'suppressed', 'failed', 'complained', 'bounced'], 'bounced'],
    [['canceled', 'suppressed', 'failed', 'complained'], 'complained'],
    [['canceled', 'suppressed', 'failed'], 'failed'],
    [['canceled', 'suppressed'], 'suppressed'],
    [['canceled'], 'canceled'],
  ])('of messages that are %j is %s', (statuses, summary) => {
    expect(emailStatus(statuses)).toBe(summary);
    expect(emailStatus(statuses.toReversed())).toBe(summary);
  });

  test('is one of its messages’, and does not depend on their order or number', () => {
    fc.assert(
      fc.property(fc.array(status, { minLength: 1, maxLength: 20 }), (statuses) => {
        expect(statuses).toContain(emailStatus(statuses));
        expect(emailStatus(statuses.toSorted())).toBe(emailStatus(statuses));
        expect(emailStatus([...new Set(statuses)])).toBe(emailStatus(statuses));
      }),
    );
  });
});

describe('the database', () => {
  let database: TestDatabase;
  beforeAll(async () => {
    database = await givenDatabase();
  });
  afterAll(() => database[Symbol.asyncDispose]());

  test('ranks the statuses as the program does', async () => {
    const found = await rows<{ status: string }>(
      database.db,
      'select unnest(enum_range(null::message_status))::text as status',
    );
    expect(found.map((row) => row.status)).toEqual([...messageStatuses]);
  });

  test('sums up as the program does', async () => {
    const lists = fc.sample(fc.array(status, { minLength: 1, maxLength: 8 }), 500);
    const found = await rows<{ summary: string }>(
      database.db,
      'select email_status(list::message_status[])::text as summary from unnest($1::text[]) with ordinality as t (list, n) order by n',
      [lists.map((list) => `{${list.join(',')}}`)],
    );
    expect(found.map(({ summary }) => summary)).toEqual(lists.map(emailStatus));
  });

  test.each(messageStatuses)('lets a message that is %s move forward and never back', async (from) => {
    for (const to of messageStatuses) {
      const id = randomUUID();
      await rows(
        database.db,
        `insert into outbound_messages (id, tenant_id, email_id, recipient, recipient_canonical, kind, status, due_at, queued_at)
         values ($1, $1, $1, 'a@x.test', 'a@x.test', 'to', $2::message_status,
                 case when $2 in ('scheduled', 'queued') then now() end, now())`,
        [id, from],
      );
      const move = rows(
        database.db,
        `update outbound_messages set status = $2::message_status,
                due_at = case when $2 in ('scheduled', 'queued') then now() end where id = $1`,
        [id, to],
      );
      if (from === to || movesForward(from, to)) await move;
      else
        await expect(move).rejects.toMatchObject({ code: '23514', message: expect.stringContaining('cannot follow') });
    }
  });
});
