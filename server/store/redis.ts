import { setTimeout as sleep } from 'node:timers/promises';
import { RateLimiterRedis, RateLimiterRes } from 'rate-limiter-flexible';
import { createClient } from 'redis';
import { type Hints, localHints, type Topic } from './hints.ts';
import { localRateLimit, type RateLimitOptions, toQuota } from './local-rate-limit.ts';
import type { Log } from './log.ts';
import type { RateLimit } from './rate-limit.ts';

/** What Redis holds may be lost: hints between processes and the counters of rate limits. */
export interface Redis extends AsyncDisposable {
  hints: Hints;
  rateLimit: RateLimit;
}

const CHANNEL = 'koltrix:hints';
/** Hints of this span travel together. */
const GATHER_MS = 5;
/** A Redis that hangs must not hold requests up. */
const PATIENCE_MS = 250;

/** Connects in the background and for ever: without Redis the process works on alone. */
export async function openRedis(url: string, limit: RateLimitOptions, log: Log): Promise<Redis> {
  const socket = { connectTimeout: 2_000, reconnectStrategy: (tries: number) => Math.min(100 * 2 ** tries, 2_000) };
  // Commands fail at once while the connection is away, so that limits fall back instead of waiting.
  const client = createClient({ url, socket, disableOfflineQueue: true });
  const subscriber = createClient({ url, socket });
  for (const one of [client, subscriber]) reportChanges(one, log);
  const local = localHints();
  const connected = Promise.all([client.connect(), listen(subscriber, local)]);
  await Promise.race([connected, sleep(PATIENCE_MS * 8, undefined, { ref: false })]);
  return {
    hints: { ...local, give: sharing(local, (message) => client.publish(CHANNEL, message).catch(() => {})) },
    rateLimit: redisRateLimit(client, limit),
    async [Symbol.asyncDispose]() {
      await local[Symbol.asyncDispose]();
      client.destroy();
      subscriber.destroy();
    },
  };
}

/** What both connections can do; the package's own type differs by the options given. */
interface Client {
  on(event: 'error', listener: (error: Error) => void): unknown;
  on(event: 'ready', listener: () => void): unknown;
}

interface Subscriber {
  connect(): Promise<unknown>;
  subscribe(channel: string, listener: (message: string) => void): Promise<unknown>;
}

/** The client subscribes again by itself whenever the connection is back. */
async function listen(subscriber: Subscriber, local: Hints): Promise<void> {
  await subscriber.connect();
  await subscriber.subscribe(CHANNEL, (message) => {
    for (const topic of message.split(' ')) local.give(topic as Topic);
  });
}

/** One line when it goes and one when it is back, not one for each try. */
function reportChanges(client: Client, log: Log): void {
  let away = false;
  client.on('error', (error: Error) => {
    if (!away) log.warn({ reason: error.message }, 'redis is away: working on without it');
    away = true;
  });
  client.on('ready', () => {
    if (away) log.info({}, 'redis is back');
    away = false;
  });
}

/** Hints ring here at once and travel to the other processes a moment later, each topic once. */
function sharing(local: Hints, publish: (message: string) => void): Hints['give'] {
  const pending = new Set<Topic>();
  return (topic) => {
    local.give(topic);
    if (!pending.size) {
      setTimeout(() => {
        publish([...pending].join(' '));
        pending.clear();
      }, GATHER_MS);
    }
    pending.add(topic);
  };
}

function redisRateLimit(client: unknown, options: RateLimitOptions): RateLimit {
  const { requests, window_s } = options;
  const alone = localRateLimit(options);
  const limiter = new RateLimiterRedis({
    storeClient: client,
    useRedisPackage: true,
    rejectIfRedisNotReady: true,
    points: requests,
    duration: window_s,
    keyPrefix: 'koltrix:limit',
  });
  return {
    requests,
    window_s,
    async take(key) {
      const answer = await Promise.race([
        limiter.consume(key).catch((reason: unknown) => reason),
        sleep(PATIENCE_MS, undefined, { ref: false }),
      ]);
      return answer instanceof RateLimiterRes
        ? toQuota(answer.consumedPoints, answer.msBeforeNext, requests)
        : alone.take(key);
    },
  };
}
