import { afterEach, describe, expect, test } from 'vitest';
import { givenDatabase, rows, type TestDatabase } from '../support/database.ts';
import { type GivenKoltrix, givenKoltrix, type Installation } from '../support/koltrix.ts';
import { type Smarthost, type SmarthostOptions, startSmarthost } from '../support/smarthost.ts';
import type { Tenant } from '../support/tenant.ts';
import { until } from '../support/until.ts';

let stack = new AsyncDisposableStack();
afterEach(async () => {
  await stack.disposeAsync();
  stack = new AsyncDisposableStack();
});

interface World {
  database: TestDatabase;
  smarthost: Smarthost;
  /** One more process's worth of roles on the same database. */
  start(env?: Record<string, string>): Promise<Installation>;
}

async function given(options: SmarthostOptions = {}): Promise<World> {
  const database = stack.use(await givenDatabase());
  const processes = stack.use(new AsyncDisposableStack());
  const smarthost = stack.use(await startSmarthost(options));
  const start = async (env: Record<string, string> = {}) => {
    const given: GivenKoltrix = { database, env: { KOLTRIX_DELIVERY: smarthost.url, ...env } };
    return processes.use(await givenKoltrix(given));
  };
  return { database, smarthost, start };
}

async function sendMany(tenant: Tenant, count: number): Promise<void> {
  const emails = Array.from({ length: count }, (_, i) => ({
    from: 'hello@acme.example',
    to: [`ada+${i}@example.test`],
    subject: 'Hello',
    body_text: 'Hello',
  }));
  await tenant.koltrix.emails.sendBatch({ emails });
}

const statuses = ({ db }: TestDatabase) =>
  rows<{ status: string; count: number }>(
    db,
    'select status::text, count(*)::int as count from outbound_messages group by 1 order by 1',
  );

const attempts = ({ db }: TestDatabase) =>
  rows<{ number: number; outcome: string }>(db, 'select number, outcome from attempts order by message_id, number');

test('two workers share 500 messages without doubling one', async () => {
  const { database, smarthost, start } = await given();
  const one = await start({ KOLTRIX_ROLES: 'api,worker' });
  await start({ KOLTRIX_ROLES: 'api,worker' });
  const acme = await one.tenant();
  await sendMany(acme, 500);
  await until(async () => (await statuses(database))[0]?.status === 'sent' && (await statuses(database)).length === 1);
  expect(await statuses(database)).toEqual([{ status: 'sent', count: 500 }]);
  const recipients = smarthost.received.map((m) => m.rcpt_to);
  expect(recipients).toHaveLength(500);
  expect(new Set(recipients).size).toBe(500);
  expect((await attempts(database)).every((a) => a.number === 1 && a.outcome === 'accepted')).toBe(true);
  expect(await acme.events('email.sent')).toHaveLength(500);
});

test('a conversation that is longer than the lease is renewed, and no other worker takes it up', async () => {
  let finish = () => {};
  const held = new Promise<void>((resolve) => {
    finish = resolve;
  });
  const { database, smarthost, start } = await given({
    behave: ({ stage }) => (stage === 'message' ? { after: held, say: '250 Ok' } : undefined),
  });
  const one = await start({ KOLTRIX_LEASE_SECONDS: '5' });
  const two = await start({ KOLTRIX_LEASE_SECONDS: '5', KOLTRIX_ROLES: 'api,worker' });
  await sendMany(await one.tenant(), 1);
  await until(() => smarthost.received.length === 1);
  const [first] = await rows<{ leased_by: string; due_at: Date }>(
    database.db,
    'select leased_by, due_at from outbound_messages',
  );
  await until(() => Date.now() > Number(first?.due_at) + 2_000);
  const [later] = await rows(
    database.db,
    'select leased_by, attempt, due_at > now() as is_held from outbound_messages',
  );
  expect(later).toEqual({ leased_by: first?.leased_by, attempt: 1, is_held: true });
  finish();
  await until(async () => (await statuses(database))[0]?.status === 'sent');
  expect(smarthost.received).toHaveLength(1);
  expect(two.config.lease_s).toBe(5);
});

test('the result of a lease that was lost changes nothing', async () => {
  let finish = () => {};
  const held = new Promise<void>((resolve) => {
    finish = resolve;
  });
  const { database, smarthost, start } = await given({
    behave: ({ stage }) => (stage === 'message' ? { after: held, say: '550 5.1.1 Nobody' } : undefined),
  });
  const koltrix = await start();
  const acme = await koltrix.tenant();
  await sendMany(acme, 1);
  await until(() => smarthost.received.length === 1);
  // What another worker does when this one has been away for longer than its lease.
  await rows(
    database.db,
    `update outbound_messages set leased_by = 'another', attempt = attempt + 1, due_at = now() + interval '1 h'`,
  );
  finish();
  await until(() => smarthost.commands.some((c) => c.line === 'RSET'));
  smarthost.behave = () => undefined;
  await sendMany(acme, 1);
  await until(async () => (await acme.events('email.sent')).length === 1);
  expect(
    await rows(
      database.db,
      `select status::text, leased_by, attempt, last_reply from outbound_messages where leased_by is not null`,
    ),
  ).toEqual([{ status: 'queued', leased_by: 'another', attempt: 2, last_reply: null }]);
  expect(await attempts(database)).toEqual([{ number: 1, outcome: 'accepted' }]);
  expect(await acme.events('email.bounced')).toEqual([]);
  expect(await Array.fromAsync(acme.koltrix.suppressions.list())).toEqual([]);
});

describe('a worker that is stopped', () => {
  test('finishes what is under way, and leaves the rest to the next one', async () => {
    const { database, smarthost, start } = await given({
      behave: ({ stage }) => (stage === 'message' ? { after_ms: 150, say: '250 Ok' } : undefined),
    });
    const koltrix = await start({ KOLTRIX_SMTP_CONNECTIONS: '2' });
    await sendMany(await koltrix.tenant(), 60);
    await until(() => smarthost.received.length > 0);
    await koltrix.stopWorker();
    const sent = smarthost.received.length;
    expect(sent).toBeLessThan(60);
    expect(await statuses(database)).toEqual([
      { status: 'queued', count: 60 - sent },
      { status: 'sent', count: sent },
    ]);
    expect(await rows(database.db, 'select from outbound_messages where leased_by is not null')).toEqual([]);
    await until(() => smarthost.open === 0);
    smarthost.behave = () => undefined;
    await koltrix.startWorker();
    await until(() => smarthost.received.length === 60);
    expect(new Set(smarthost.received.map((m) => m.rcpt_to)).size).toBe(60);
  });
});
