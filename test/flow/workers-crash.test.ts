import { afterEach, expect, test } from 'vitest';
import { givenDatabase, rows } from '../support/database.ts';
import { givenKoltrix } from '../support/koltrix.ts';
import { launch } from '../support/launch.ts';
import { startSmarthost } from '../support/smarthost.ts';
import { until } from '../support/until.ts';

let stack = new AsyncDisposableStack();
afterEach(async () => {
  await stack.disposeAsync();
  stack = new AsyncDisposableStack();
});

const LEASE_S = 3;

async function given() {
  const database = stack.use(await givenDatabase());
  const smarthost = stack.use(await startSmarthost());
  const env = { KOLTRIX_DELIVERY: smarthost.url, KOLTRIX_LEASE_SECONDS: String(LEASE_S) };
  const api = stack.use(await givenKoltrix({ database, env: { ...env, KOLTRIX_ROLES: 'api' } }));
  const start = async () => stack.use(await launch({ roles: 'worker', database, env }));
  return { database, smarthost, start, acme: await api.tenant() };
}

const emails = (count: number) =>
  Array.from({ length: count }, (_, i) => ({
    from: 'hello@acme.example',
    to: [`ada+${i}@example.test`],
    subject: 'Hello',
    body_text: 'Hello',
  }));

test('a worker killed in mid-conversation loses nothing, and delays its messages by a lease at most', async () => {
  const { database, smarthost, start, acme } = await given();
  smarthost.behave = ({ stage, taken }) =>
    stage === 'message' && taken === 1 ? { after: new Promise(() => {}) } : undefined;
  const doomed = await start();
  await acme.koltrix.emails.sendBatch({ emails: emails(120) });
  await until(() => smarthost.received.length >= 40, { timeout_ms: 60_000 });
  await doomed.kill('SIGKILL');
  const killed_at = Date.now();
  const [{ held, latest }] = (await rows<{ held: number; latest: Date }>(
    database.db,
    `select count(*)::int as held, max(due_at) as latest from outbound_messages where leased_by is not null`,
  )) as [{ held: number; latest: Date }];
  expect(held).toBeGreaterThan(0);
  expect(latest.getTime()).toBeLessThanOrEqual(killed_at + LEASE_S * 1_000);
  smarthost.behave = () => undefined;
  const taken = smarthost.received.length;
  await start();
  await until(
    async () => (await rows(database.db, `select from outbound_messages where status <> 'sent'`)).length === 0,
    { timeout_ms: 60_000 },
  );
  const recipients = smarthost.received.map((m) => m.rcpt_to);
  expect(new Set(recipients).size).toBe(120);
  // Only what was in mid-conversation, or not yet on record, went twice; and then as the same message.
  expect(recipients.length - 120).toBeLessThanOrEqual(held);
  expect(recipients.length).toBeGreaterThan(taken);
  const ids = new Map<string, Set<string>>();
  for (const { rcpt_to, message } of smarthost.received) {
    const id = /^Message-ID: (.*)$/m.exec(message.toString())?.[1] ?? '';
    ids.set(rcpt_to, (ids.get(rcpt_to) ?? new Set()).add(id));
  }
  expect([...ids.values()].every((set) => set.size === 1)).toBe(true);
  expect(await acme.events('email.sent')).toHaveLength(120);
}, 150_000);

test('a worker that is told to stop finishes its conversation first, and ends well', async () => {
  const { database, smarthost, start, acme } = await given();
  smarthost.behave = ({ stage }) => (stage === 'message' ? { after_ms: 1_000, say: '250 Ok' } : undefined);
  const worker = await start();
  await acme.koltrix.emails.sendBatch({ emails: emails(1) });
  await until(() => smarthost.received.length === 1, { timeout_ms: 60_000 });
  expect(await worker.kill('SIGTERM')).toEqual({ code: 0, signal: null });
  expect(await rows(database.db, 'select status::text, attempt, leased_by from outbound_messages')).toEqual([
    { status: 'sent', attempt: 1, leased_by: null },
  ]);
}, 150_000);
