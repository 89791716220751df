import { randomUUID } from 'node:crypto';
import type { Event } from 'koltrix';
import { Koltrix } from 'koltrix';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { givenDatabase, rows, type TestDatabase } from '../support/database.ts';
import { doors } from '../support/doors.ts';
import { givenProcesses, type Processes } from '../support/processes.ts';
import { type GivenRedis, givenRedis, lacksRedis } from '../support/redis.ts';
import { givenTenantIn } from '../support/tenant.ts';
import { until } from '../support/until.ts';

// Skipped where redis-server is not installed, except in CI, where that is a fault.
describe.skipIf(lacksRedis)('two APIs, two workers and a relay on one database and one Redis', () => {
  let database: TestDatabase;
  let redis: GivenRedis;
  let processes: Processes;
  beforeAll(async () => {
    database = await givenDatabase();
    redis = await givenRedis();
    processes = await givenProcesses({ database, redis_url: redis.url, workers: 2, relay: true });
  });
  afterAll(async () => {
    await processes?.[Symbol.asyncDispose]();
    await redis?.[Symbol.asyncDispose]();
    await database?.[Symbol.asyncDispose]();
  });

  const mail = (to: string) => ({ from: 'hello@acme.example', to: [to], subject: 'Hello', body_text: 'Hello' });

  test('share one rate limit', async () => {
    const before = await processes.remaining(0);
    expect(await processes.remaining(1)).toBe(before - 1);
    expect(await processes.remaining(1)).toBe(before - 2);
    expect(await processes.remaining(0)).toBe(before - 3);
  });

  test('tell each other at once: what A accepts is sent, and seen in the stream of B, without waiting for a poll', async () => {
    const [a, b] = processes.clients;
    const ends = new AbortController();
    const stream = b.events.stream({}, { signal: ends.signal });
    // The first event shows that the stream stands; the log is then polled once a second, due mail twice.
    const seen: Event[] = [];
    const streamed = (async () => {
      for await (const event of stream) seen.push(event);
    })().catch(() => {});
    const delivered = (id: string) => seen.some(({ type, data }) => type === 'email.delivered' && data.email_id === id);
    await until(async () => {
      const { id } = await a.emails.send(mail('warm@example.test'));
      return until(() => delivered(id), { timeout_ms: 3_000 }).catch(() => false);
    });
    const roundInMs = async (rounds: number) => {
      const started_ms = performance.now();
      for (let n = 0; n < rounds; n++) {
        const { id } = await a.emails.send(mail(`round-${n}@example.test`));
        await until(() => delivered(id), { every_ms: 2 });
      }
      return (performance.now() - started_ms) / rounds;
    };
    // By polls alone it would be 750 ms in the mean. The machine may be busy with something else for a moment.
    let round_ms = Number.POSITIVE_INFINITY;
    for (let series = 0; series < 4 && round_ms >= 500; series++) round_ms = await roundInMs(20);
    console.info(`from POST at A to "delivered" at B: ${round_ms.toFixed(0)} ms`);
    expect(round_ms).toBeLessThan(500);
    ends.abort();
    await streamed;
  });

  test('wake a reader of B that waits for captured mail', async () => {
    const [a, b] = processes.clients;
    const to = `waited-for-${randomUUID()}@example.test`;
    const started_ms = performance.now();
    const waiting = b.testMessages.list({ to, wait: 20 });
    await a.emails.send(mail(to));
    expect((await waiting).data).toHaveLength(1);
    expect(performance.now() - started_ms).toBeLessThan(18_000);
  });

  test('refuse at B a key that A has just revoked', async () => {
    const [a, b] = processes.clients;
    for (let n = 0; n < 5; n++) {
      const { id, key } = await a.apiKeys.create({ name: 'short-lived', scope: 'read' });
      const other = new Koltrix({ apiKey: key, baseUrl: processes.apis[1].url, maxRetries: 0 });
      await other.account.get();
      await a.apiKeys.revoke(id);
      // Well below the five seconds for which B would go on believing it.
      const refused = () =>
        other.account.get().then(
          () => false,
          (error) => error.code === 'unauthenticated',
        );
      await until(refused, { timeout_ms: 4_000 });
    }
    expect((await b.account.get()).scope).toBe('full');
  });

  test('share the work, whichever door the mail came by, and do none of it twice', async () => {
    const tenant = await givenTenantIn({
      db: database.db,
      url: processes.apis[1].url,
      smtp_port: processes.relay?.smtp_port ?? 0,
      sdk: (apiKey) => new Koltrix({ apiKey, baseUrl: processes.apis[1].url }),
      now: () => new Date(),
    });
    const series = randomUUID();
    const recipients = Array.from({ length: 200 }, (_, n) => `shared-${n}-${series}@example.test`);
    const submissions = recipients.map((to, n) => doors[n % doors.length]?.submit(tenant, { to: [to] }));
    await Promise.all(submissions);
    const captured = () =>
      rows<{ rcpt_to: string }>(database.db, 'select rcpt_to from captured_messages where rcpt_to like $1', [
        `shared-%-${series}@example.test`,
      ]);
    await until(async () => (await captured()).length >= recipients.length);
    expect((await captured()).map(({ rcpt_to }) => rcpt_to).sort()).toEqual(recipients.toSorted());
  });
});
