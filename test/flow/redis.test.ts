import { setTimeout as sleep } from 'node:timers/promises';
import type { Koltrix } from 'koltrix';
import { describe, expect, test } from 'vitest';
import { givenDatabase, rows } from '../support/database.ts';
import { followEvents } from '../support/follow.ts';
import { mailStory } from '../support/mail-story.ts';
import { givenProcesses, type Processes } from '../support/processes.ts';
import { givenRedis, lacksRedis } from '../support/redis.ts';
import { givenServer } from '../support/server.ts';
import { until } from '../support/until.ts';

/** Whether what one API grants is missing at the other; each call asks the first, then the second. */
async function limitsAreShared({ remaining }: Processes): Promise<boolean> {
  const first = await remaining(0);
  return (await remaining(1)) === first - 1 && (await remaining(0)) === first - 2;
}

/** Mail by both APIs until it is stopped. Without retries: the loss of Redis must not show in a single answer. */
function startTraffic([a, b]: Processes['clients']) {
  const accepted = new Set<string>();
  const failures: string[] = [];
  let stopping = false;
  const lane = async (client: Koltrix, name: string) => {
    for (let n = 0; !stopping; n++) {
      const mail = {
        from: 'hello@acme.example',
        to: [`${name}-${n}@example.test`],
        subject: 'Hello',
        body_text: 'Hello',
      };
      await client.emails.send(mail).then(
        ({ id }) => accepted.add(id),
        // A database that is not reached in five seconds is the machine's fault, and has nothing to do with Redis.
        (error) => /database is away/.test(String(error)) || failures.push(String(error)),
      );
      await sleep(20);
    }
  };
  const lanes = Promise.all([lane(a, 'ada'), lane(b, 'bob'), lane(a, 'cleo'), lane(b, 'dan')]);
  const stop = async () => {
    stopping = true;
    await lanes;
  };
  return { accepted, failures, stop, [Symbol.asyncDispose]: stop };
}

// Skipped where redis-server is not installed, except in CI, where that is a fault.
describe.skipIf(lacksRedis).concurrent('without Redis', { timeout: 240_000 }, () => {
  test('in mid-traffic, gone or frozen: no mail is lost, no request fails, and all is shared again when it is back', {
    timeout: 240_000,
  }, async () => {
    await using database = await givenDatabase();
    await using redis = await givenRedis();
    await using processes = await givenProcesses({ database, redis_url: redis.url, workers: 1 });
    const stream = await followEvents(processes.apis[1]);
    const delivered = () =>
      new Set(stream.events.flatMap(({ type, data }) => (type === 'email.delivered' ? [data.email_id] : [])));
    await using traffic = startTraffic(processes.clients);
    const { accepted } = traffic;
    const explain = async () => ({
      accepted: accepted.size,
      streamed: { delivered: delivered().size, events: stream.events.length },
      ...(await mailStory(database.db)),
      said: [...processes.apis, ...processes.workers].map(({ now }) => now.stderr()),
    });
    const more = async (count: number) => {
      const enough = accepted.size + count;
      await until(() => accepted.size >= enough, { timeout_ms: 60_000, explain });
    };

    await more(50);
    for (const signal of ['SIGTERM', 'SIGKILL', 'SIGSTOP'] as const) {
      await redis.stop(signal);
      await more(40);
      // Each API counts by itself now, and the stream finds by polling what nobody hints at.
      expect(await limitsAreShared(processes), signal).toBe(false);
      const latest = [...accepted].at(-1) as string;
      await until(() => delivered().has(latest), { timeout_ms: 60_000, every_ms: 100, explain });
      await redis.start();
      await until(() => limitsAreShared(processes), { timeout_ms: 60_000, every_ms: 100 });
    }
    await traffic.stop();

    expect(traffic.failures).toEqual([]);
    await until(() => accepted.isSubsetOf(delivered()), { timeout_ms: 60_000, every_ms: 100, explain });
    expect(new Set(stream.events.map(({ id }) => id)).size).toBe(stream.events.length);
    const captured = await rows<{ email_id: string }>(database.db, 'select email_id from captured_messages');
    expect(captured).toHaveLength(accepted.size);
    await stream.stop();
  });

  test('at the start: the processes start and work, and find it when it comes', async () => {
    await using database = await givenDatabase();
    await using redis = await givenRedis({ running: false });
    await using processes = await givenProcesses({ database, redis_url: redis.url, workers: 1 });
    const { id } = await processes.clients[0].emails.send({
      from: 'hello@acme.example',
      to: ['ada@example.test'],
      subject: 'Hello',
      body_text: 'Hello',
    });
    await until(async () => (await processes.clients[1].emails.get(id)).status === 'delivered');
    expect(await limitsAreShared(processes)).toBe(false);
    await redis.start();
    await until(() => limitsAreShared(processes), { timeout_ms: 60_000, every_ms: 100 });
    const exits = [...processes.apis, ...processes.workers].map(({ now }) => now.kill('SIGTERM'));
    expect(await Promise.all(exits)).toEqual(exits.map(() => ({ code: 0, signal: null })));
  });

  test('for good: a process stops as cleanly as ever', async () => {
    await using database = await givenDatabase();
    await using redis = await givenRedis({ running: false });
    await using server = await givenServer({ database, env: { REDIS_URL: redis.url } });
    expect(await server.now.kill('SIGTERM')).toEqual({ code: 0, signal: null });
    expect(server.now.stderr()).toBe('');
  });
});
