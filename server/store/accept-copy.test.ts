import { expect, test } from 'vitest';
import { givenDatabase, rows, type TestDatabase } from '../../test/support/database.ts';
import { commitUnits } from './accept.sql.ts';
import { copyUnits } from './accept-copy.sql.ts';
import type { PlannedEmail, PlannedMessage, Unit } from './accept-unit.ts';
import { newId } from './ids.ts';

const NOW = new Date('2026-03-01T12:00:00.123Z');
const TENANT = newId();
const later = (hours: number) => new Date(NOW.getTime() + hours * 3_600_000);

function message(canonical: string, changes: Partial<PlannedMessage> = {}): PlannedMessage {
  return {
    id: newId(),
    recipient: canonical.toUpperCase(),
    canonical,
    kind: 'to',
    bulk: false,
    topic: null,
    status: 'queued',
    due_at: NOW,
    event_id: newId(),
    event: { type: 'email.queued', detail: undefined },
    ...changes,
  };
}

function email(messages: PlannedMessage[], changes: Partial<PlannedEmail> = {}): PlannedEmail {
  return {
    id: newId(),
    source: 'rest',
    mail_from: 'Ada@acme.example',
    from_header: 'Ada é <Ada@acme.example>',
    from_address: 'ada@acme.example',
    subject: 'A "subject"\t\\N 日本',
    tags: '{"kind":"receipt"}',
    metadata: '{"order":{"id":4711,"text":"\\u0041\\n"}}',
    format: 'composed',
    content: Buffer.from([0, 1, 2, 255, 10, 92]),
    scheduled_at: null,
    created_at: NOW,
    messages,
    ...changes,
  };
}

function unit(emails: PlannedEmail[], key?: string): Unit {
  const answer = Buffer.from(JSON.stringify({ id: emails[0]?.id }));
  const record = { operation: 'sendEmail', fingerprint: 'ab'.repeat(32), status: 202, answer, expires_at: later(24) };
  return { tenant_id: TENANT, emails, idempotency: key === undefined ? undefined : { key, ...record } };
}

async function givenTenant(): Promise<TestDatabase> {
  const database = await givenDatabase();
  await rows(database.db, 'insert into tenants (id, name, created_at) values ($1, $2, $3)', [TENANT, 'acme', NOW]);
  await rows(
    database.db,
    `insert into suppressions (tenant_id, address, topic, reason, created_at, expires_at)
     values ($1, 'gone@x.test', '', 'hard', $2, null), ($1, 'bored@x.test', 'news', 'unsubscribe', $2, null),
            ($1, 'back@x.test', '', 'soft', $2, $2)`,
    [TENANT, NOW],
  );
  return database;
}

async function addEndpoint({ db }: TestDatabase): Promise<void> {
  await rows(
    db,
    `insert into webhook_endpoints (id, tenant_id, url, event_types, state, secret, created_at, updated_at)
     values ($1, $2, 'https://acme.example', '{email.queued,email.suppressed}', 'enabled', '', $3, $3)`,
    ['018f2b6e-0000-7000-8000-000000000001', TENANT, NOW],
  );
}

const TABLES = {
  idempotency_keys: 'key',
  emails: 'id',
  outbound_messages: 'id',
  events: 'id',
  webhook_deliveries: 'event_id',
};

/** Every row as text, without what Postgres made up. */
async function contents({ db }: TestDatabase): Promise<Record<string, unknown[]>> {
  const all: Record<string, unknown[]> = {};
  for (const [table, order] of Object.entries(TABLES)) {
    const read = await rows<{ row: Record<string, unknown> }>(
      db,
      `select to_jsonb(t) as row from ${table} t order by ${order}`,
    );
    all[table] = read.map(({ row: { xact_id: _xact, ...row } }) =>
      table === 'webhook_deliveries' ? { ...row, id: '' } : row,
    );
  }
  return all;
}

test('copied rows are those that the careful statement writes', async () => {
  const units = [
    unit([email([message('a@x.test')])], 'first'),
    unit([
      email([
        message('b@x.test', { kind: 'cc', bulk: true, topic: 'offers' }),
        message('back@x.test', { kind: 'bcc' }),
      ]),
    ]),
    unit(
      [
        email(
          [
            message('c@x.test', {
              status: 'scheduled',
              due_at: later(2),
              event: { type: 'email.scheduled', detail: { schedule: { scheduled_at: later(2).toISOString() } } },
            }),
          ],
          {
            scheduled_at: later(2),
            tags: '{}',
            metadata: '{}',
          },
        ),
        email(
          [
            message('gone@x.test', {
              status: 'suppressed',
              event: { type: 'email.suppressed', detail: { suppression: { reason: 'hard', expires_at: null } } },
            }),
          ],
          {
            source: 'smtp',
            format: 'raw',
            content: Buffer.alloc(40_000, 'raw'),
          },
        ),
      ],
      'second',
    ),
  ];
  await using careful = await givenTenant();
  await using copied = await givenTenant();
  await Promise.all([addEndpoint(careful), addEndpoint(copied)]);
  const outcomes = await commitUnits(careful.db, units, NOW);
  expect(outcomes).toEqual(units.map(() => ({ kind: 'committed', webhooks: true })));
  expect(await copyUnits(copied.db, units, NOW)).toEqual({ webhooks: true });
  const written = await contents(copied);
  expect(written).toEqual(await contents(careful));
  expect(Object.values(written).map((list) => list.length)).toEqual([2, 4, 5, 5, 4]);
});

test('nothing is copied for a suppressed recipient or a taken key, and the batch after it is', async () => {
  await using database = await givenTenant();
  const { db } = database;
  expect(await copyUnits(db, [unit([email([message('a@x.test')])], 'taken')], NOW)).toEqual({ webhooks: false });
  const before = await contents(database);
  for (const refused of [
    unit([email([message('gone@x.test')])]),
    unit([email([message('a@x.test'), message('bored@x.test', { topic: 'news' })])], 'new'),
    unit([email([message('a@x.test')])], 'taken'),
  ]) {
    const batch = [unit([email([message('b@x.test')])], 'neighbour'), refused];
    expect(await copyUnits(db, batch, NOW)).toBeUndefined();
    expect(await contents(database)).toEqual(before);
  }
  const willing = [unit([email([message('bored@x.test')])], 'neighbour'), unit([email([message('back@x.test')])])];
  expect(await copyUnits(db, willing, NOW)).toEqual({ webhooks: false });
  expect((await contents(database)).emails).toHaveLength(3);
});

test('two processes with the same keys in another order never block each other for good: one batch wins', async () => {
  await using database = await givenTenant();
  for (let round = 0; round < 20; round++) {
    const keys = Array.from({ length: 30 }, (_, i) => `${round}-${i}`);
    const batch = (order: string[]) => order.map((key) => unit([email([message(`${key}@x.test`)])], key));
    const outcomes = await Promise.all([
      copyUnits(database.db, batch(keys), NOW),
      copyUnits(database.db, batch([...keys].reverse()), NOW),
    ]);
    expect(outcomes.filter((outcome) => outcome)).toHaveLength(1);
  }
  expect((await contents(database)).emails).toHaveLength(600);
});
