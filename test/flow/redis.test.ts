import { setTimeout as sleep } from 'node:timers/promises';
import type { Event } from 'koltrix';
import { describe, expect, test } from 'vitest';
import { givenDatabase, rows } from '../support/database.ts';
import { givenServer } from '../support/launch.ts';
import { givenProcesses, type Processes } from '../support/processes.ts';
import { givenRedis, lacksRedis } from '../support/redis.ts';
import { until } from '../support/until.ts';

/** Whether what one API grants is missing at the other; each call asks the first, then the second. */
async function limitsAreShared({ remaining }: Processes): Promise<boolean> {
  const first = await remaining(0);
  return (await remaining(1)) === first - 1 && (await remaining(0)) === first - 2;
}

// Skipped where redis-server is not installed, except in CI, where that is a fault.
describe.skipIf(lacksRedis).concurrent('without Redis', { timeout: 60_000 }, () => {
  test('in mid-traffic, gone or frozen: no mail is lost, no request fails, and all is shared again when it is back', {
    timeout: 120_000,
    // On a machine that is busy otherwise the last events were late twice in seven runs; why is not known yet.
    retry: 1,
  }, async () => {
    await using database = await givenDatabase();
    await using redis = await givenRedis();
    await using processes = await givenProcesses({ database_url: database.url, redis_url: redis.url, workers: 1 });
    const seen: Event[] = [];
    const delivered = new Set<string>();
    const ends = new AbortController();
    const streamed = (async () => {
      for await (const event of processes.clients[1].events.stream({}, { signal: ends.signal })) {
        seen.push(event);
        if (event.type === 'email.delivered') delivered.add(event.data.email_id);
      }
    })().catch(() => {});
    const accepted = new Set<string>();
    const failures: string[] = [];
    let stopping = false;
    const traffic = Array.from({ length: 4 }, async (_, lane) => {
      for (let n = 0; !stopping; n++) {
        const to = `ada-${lane}-${n}@example.test`;
        // No retries: the loss of Redis must not show in a single answer.
        await processes.clients[lane % 2 ? 1 : 0].emails
          .send({ from: 'hello@acme.example', to: [to], subject: 'Hello', body_text: 'Hello' })
          .then(
            ({ id }) => accepted.add(id),
            (error) => failures.push(String(error)),
          );
        await sleep(20);
      }
    });
    const more = async (count: number) => {
      const enough = accepted.size + count;
      await until(() => accepted.size >= enough);
    };

    await more(50);
    for (const signal of ['SIGTERM', 'SIGKILL', 'SIGSTOP'] as const) {
      await redis.stop(signal);
      await more(40);
      // Each API counts by itself now, and the stream finds by polling what nobody hints at.
      expect(await limitsAreShared(processes), signal).toBe(false);
      const latest = [...accepted].at(-1) as string;
      await until(() => delivered.has(latest), { timeout_ms: 10_000 });
      await redis.start();
      await until(() => limitsAreShared(processes), { timeout_ms: 20_000, every_ms: 100 });
    }
    stopping = true;
    await Promise.all(traffic);

    expect(failures).toEqual([]);
    await until(() => accepted.isSubsetOf(delivered), { timeout_ms: 40_000 });
    expect(new Set(seen.map(({ id }) => id)).size).toBe(seen.length);
    const captured = await rows<{ email_id: string }>(database.db, 'select email_id from captured_messages');
    expect(captured).toHaveLength(accepted.size);
    ends.abort();
    await streamed;
  });

  test('at the start: the processes start and work, and find it when it comes', async () => {
    await using database = await givenDatabase();
    await using redis = await givenRedis({ running: false });
    await using processes = await givenProcesses({ database_url: database.url, redis_url: redis.url, workers: 1 });
    const { id } = await processes.clients[0].emails.send({
      from: 'hello@acme.example',
      to: ['ada@example.test'],
      subject: 'Hello',
      body_text: 'Hello',
    });
    await until(async () => (await processes.clients[1].emails.get(id)).status === 'delivered');
    expect(await limitsAreShared(processes)).toBe(false);
    await redis.start();
    await until(() => limitsAreShared(processes), { timeout_ms: 20_000, every_ms: 100 });
    const exits = [...processes.apis, ...processes.workers].map(({ now }) => now.kill('SIGTERM'));
    expect(await Promise.all(exits)).toEqual(exits.map(() => ({ code: 0, signal: null })));
  });

  test('for good: a process stops as cleanly as ever', async () => {
    await using database = await givenDatabase();
    await using redis = await givenRedis({ running: false });
    const env = { DATABASE_URL: database.url, REDIS_URL: redis.url, KOLTRIX_SECRET: 'a secret for tests alone' };
    await using server = await givenServer({ env });
    expect(await server.now.kill('SIGTERM')).toEqual({ code: 0, signal: null });
    expect(server.now.stderr()).toBe('');
  });
});
