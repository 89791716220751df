import { afterEach, beforeEach, expect, test } from 'vitest';
import { givenDatabase, rows, type TestDatabase } from '../support/database.ts';
import { givenDirect, givenInternet, givenSender, type Internet, type Sender } from '../support/direct.ts';
import { isReady, type Launched, launch } from '../support/launch.ts';
import type { Smarthost } from '../support/smarthost.ts';
import { until } from '../support/until.ts';

let stack = new AsyncDisposableStack();
let database: TestDatabase;
let internet: Internet;
let sender: Sender;
beforeEach(async () => {
  database = stack.use(await givenDatabase());
  internet = stack.use(await givenInternet());
  const api = stack.use(await givenDirect(internet, { database, env: { KOLTRIX_ROLES: 'api' } }));
  sender = await givenSender(api, internet);
});
afterEach(async () => {
  await stack.disposeAsync();
  stack = new AsyncDisposableStack();
});

/** Two workers, each a process of its own, that have seen each other; they say EHLO as `one.test` and `two.test`. */
async function givenWorkers(env: Record<string, string> = {}): Promise<Launched[]> {
  const workers = await Promise.all(
    ['one.test', 'two.test'].map(async (name) =>
      stack.use(await launch({ roles: 'worker', database, env: { ...internet.env, KOLTRIX_HELO_NAME: name, ...env } })),
    ),
  );
  await Promise.all(workers.map(isReady));
  const seen = () => rows<{ id: string; seen_at: Date }>(database.db, 'select id, seen_at from workers');
  const first = await until(async () => {
    const found = await seen();
    return found.length === 2 && found;
  });
  const latest = Math.max(...first.map(({ seen_at }) => seen_at.getTime()));
  await until(async () => (await seen()).every(({ seen_at }) => seen_at.getTime() > latest));
  return workers;
}

async function sendMany(count: number, domain: string): Promise<void> {
  const emails = Array.from({ length: count }, (_, i) => ({
    from: sender.from,
    to: [`ada${i}@${domain}`],
    subject: 'Hello',
    body_text: 'Hello',
  }));
  await sender.koltrix.emails.sendBatch({ emails });
}

const speakers = ({ commands }: Smarthost) =>
  new Set(commands.filter(({ line }) => line.startsWith('EHLO')).map(({ line }) => line.slice(5)));

test('two workers share the connections that a receiver grants; one that is left has all', {
  timeout: 120_000,
}, async () => {
  const mx = await internet.mx({
    domains: ['granting.example'],
    behave: ({ stage }) => (stage === 'message' ? { say: '250 2.0.0 Ok', after_ms: 30 } : undefined),
  });
  const [, second] = await givenWorkers();
  await sendMany(200, 'granting.example');
  await until(() => mx.received.length === 200, { timeout_ms: 60_000 });
  expect(speakers(mx)).toEqual(new Set(['one.test', 'two.test']));
  // Five are granted: two of each. One of each that is just hanging up may still be seen when the next one comes; were
  // they not shared, there would be ten.
  expect(mx.most_open).toBeLessThanOrEqual(6);
  expect(mx.most_open).toBeGreaterThanOrEqual(3);

  await second?.kill('SIGTERM');
  const [left] = await rows<{ seen_at: Date }>(database.db, 'select seen_at from workers');
  await until(async () => {
    const [now] = await rows<{ seen_at: Date }>(database.db, 'select seen_at from workers');
    return (now?.seen_at ?? 0) > (left?.seen_at ?? 0);
  });
  await until(() => mx.open === 0);
  mx.most_open = 0;
  await sendMany(200, 'granting.example');
  await until(() => mx.received.length === 400, { timeout_ms: 60_000 });
  expect(mx.most_open).toBeGreaterThanOrEqual(4);
  expect(mx.most_open).toBeLessThanOrEqual(6);
});

test('two workers together send no more in a day than the warm-up allows', { timeout: 120_000 }, async () => {
  const mx = await internet.mx({ domains: ['warming.example'] });
  await givenWorkers({ KOLTRIX_WARM_UP: '37,100' });
  await sendMany(150, 'warming.example');
  const waiting = () =>
    rows(
      database.db,
      `select from outbound_messages where status = 'queued' and leased_by is null and due_at >= date_trunc('day', now(), 'UTC') + interval '1 day'`,
    );
  await until(async () => (await waiting()).length >= 150 - 37, { timeout_ms: 60_000 });
  await until(() => mx.open === 0);
  expect(mx.received).toHaveLength(37);
  expect(new Set(mx.received.map(({ rcpt_to }) => rcpt_to)).size).toBe(37);
  expect(await rows(database.db, 'select receiver, messages from source_usage')).toEqual([
    { receiver: 'mx.warming.example', messages: 37 },
  ]);
});
