import { inspect } from 'node:util';
import {
  isAPIError,
  isConnectionError,
  isRateLimitedError,
  isTimeoutError,
  isUnauthenticatedError,
  Koltrix,
  type KoltrixOptions,
} from 'koltrix';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { type FaultProxy, givenFaultProxy } from '../support/fault-proxy.ts';
import { givenKoltrix, type Installation } from '../support/koltrix.ts';
import type { Tenant } from '../support/tenant.ts';
import { until } from '../support/until.ts';

let koltrix: Installation;
let network: FaultProxy;
let acme: Tenant;
beforeAll(async () => {
  koltrix = await givenKoltrix();
  network = await givenFaultProxy(koltrix.url);
});
afterAll(async () => {
  await network[Symbol.asyncDispose]();
  await koltrix[Symbol.asyncDispose]();
});
beforeEach(async () => {
  // Full jitter at its lower end, so that these tests do not sleep.
  vi.spyOn(Math, 'random').mockReturnValue(0.001);
  acme = await koltrix.tenant();
  network.plan();
  network.seen.length = 0;
});
afterEach(() => void vi.restoreAllMocks());

const client = (options: KoltrixOptions = {}) => new Koltrix({ apiKey: acme.key, baseUrl: network.url, ...options });
const hello = { from: 'hello@acme.example', to: ['ada@example.test'], subject: 'Hello', body_text: 'Hi' };
const sent = async () => (await acme.koltrix.emails.list()).data.length;
const unavailable = { status: 503, body: '<h1>Bad gateway</h1>', headers: { 'content-type': 'text/html' } };

const rejectionOf = (call: Promise<unknown>) =>
  call.then(
    () => expect.fail('it did not reject'),
    (error: unknown) => error,
  );

describe('a retry', () => {
  test('fetches the answer that was lost, by the same key, and nothing is sent twice', async () => {
    network.plan('lose the answer', 'lose the answer');
    const { data, response } = await client().emails.send(hello).withResponse();
    expect(response).toMatchObject({ status: 202, replayed: true });
    expect(network.seen).toHaveLength(3);
    expect(new Set(network.seen.map(({ key }) => key)).size).toBe(1);
    expect((await acme.koltrix.emails.list()).data.map(({ id }) => id)).toEqual([data.id]);
  });

  test.each(['lose the request', { cut_after_bytes: 20 }, unavailable] as const)('gets over: %o', async (mishap) => {
    network.plan(mishap);
    expect(await client().emails.send(hello)).toMatchObject({ status: 'queued' });
    expect(network.seen).toHaveLength(2);
    expect(await sent()).toBe(1);
  });

  test('of a batch sends each of its emails once', async () => {
    network.plan('lose the answer');
    await client().emails.sendBatch({ emails: [hello, hello] });
    expect(await sent()).toBe(2);
  });

  test('is not made of a cancel whose answer was lost, which has had its effect', async () => {
    const { id } = await acme.koltrix.emails.send({
      ...hello,
      scheduled_at: new Date(Date.now() + 3_600_000).toISOString(),
    });
    network.plan('lose the answer');
    expect(isConnectionError(await rejectionOf(client().emails.cancel(id)))).toBe(true);
    expect(network.seen).toHaveLength(1);
    expect(await acme.koltrix.emails.get(id)).toMatchObject({ status: 'canceled' });
  });

  test('is not made where the server says that it helps nothing', async () => {
    await rejectionOf(client().emails.send({ ...hello, to: [] }));
    await rejectionOf(client().emails.get('em_00000000000000000000000000'));
    expect(network.seen).toHaveLength(2);
  });
});

describe('an idempotency key', () => {
  test('of your own gets the first answer again after your process has died', async () => {
    const first = await client().emails.send(hello, { idempotencyKey: 'order-1' });
    const { data, response } = await client().emails.send(hello, { idempotencyKey: 'order-1' }).withResponse();
    expect(data).toEqual(first);
    expect(response.replayed).toBe(true);
    expect(await sent()).toBe(1);
  });

  test('is another one for each call by default', async () => {
    const shared = client();
    await Promise.all([shared.emails.send(hello), shared.emails.send(hello)]);
    expect(await sent()).toBe(2);
  });

  test('that stands for another request is refused at once', async () => {
    await client().emails.send(hello, { idempotencyKey: 'order-1' });
    const other = client().emails.send({ ...hello, subject: 'Other' }, { idempotencyKey: 'order-1' });
    expect(await rejectionOf(other)).toMatchObject({ name: 'IdempotencyError', code: 'idempotency-key-reused' });
    expect(network.seen).toHaveLength(2);
  });
});

describe('time', () => {
  test('for one attempt runs out, and the next one gets the answer', async () => {
    network.plan('withhold the answer');
    const { response } = await client().emails.send(hello, { timeout_ms: 2_000 }).withResponse();
    expect(response.replayed).toBe(true);
    expect(await sent()).toBe(1);
  });

  test('for the whole call runs out, and the failure before is the cause', async () => {
    network.plan(unavailable, 'withhold the answer');
    const error = await rejectionOf(client().emails.send(hello, { total_timeout_ms: 2_000 }));
    expect(isTimeoutError(error)).toBe(true);
    expect(error).toMatchObject({ timeout_ms: 2_000, cause: { status: 503 } });
  });

  test('ends by an abort with its own reason, without a retry', async () => {
    network.plan('withhold the answer');
    const controller = new AbortController();
    const reason = new Error('the user has left');
    const call = client().emails.send(hello, { signal: controller.signal });
    const rejected = rejectionOf(call);
    await vi.waitFor(() => expect(network.seen).toHaveLength(1), { timeout: 20_000 });
    controller.abort(reason);
    expect(await rejected).toBe(reason);
    expect(network.seen).toHaveLength(1);
  });
});

test('a connection that nobody takes is an error with its cause, and the key shows nowhere in it', async () => {
  const closed = await givenFaultProxy(koltrix.url);
  await closed[Symbol.asyncDispose]();
  const error = await rejectionOf(client({ baseUrl: closed.url, maxRetries: 1 }).emails.send(hello));
  expect(isConnectionError(error)).toBe(true);
  expect((error as Error).cause).toMatchObject({ cause: { code: 'ECONNREFUSED' } });
  expect(inspect(error, { depth: 20, showHidden: true })).not.toContain(acme.key.slice(3));
});

test('a wrong key is told without showing it', async () => {
  const wrong = acme.key.replace(/.{6}$/, 'aaaaaa');
  const error = await rejectionOf(client({ apiKey: wrong }).account.get());
  expect(isUnauthenticatedError(error)).toBe(true);
  expect(inspect(error, { depth: 20, showHidden: true })).not.toContain(wrong.slice(3));
});

test('hooks and a fetch of your own see each attempt as the server does', async () => {
  network.plan('lose the answer');
  const told: unknown[] = [];
  const fetched: unknown[] = [];
  const observed = client({
    hooks: {
      onRequest: ({ method, attempt }) => told.push(`${method} ${attempt}`),
      onResponse: ({ status, replayed }) => told.push(`${status} ${replayed ? 'again' : 'new'}`),
      onError: ({ error }) => told.push((error as Error).name),
      onRetry: ({ delay_ms }) => told.push(delay_ms < 1 ? 'soon' : delay_ms),
    },
    fetch: (input, init) => {
      fetched.push(new Headers(init?.headers).get('idempotency-key'));
      return fetch(input, init);
    },
  });
  await observed.emails.send(hello);
  expect(told).toEqual(['POST 1', 'ConnectionError', 'soon', 'POST 2', '202 again']);
  expect(fetched).toEqual(network.seen.map(({ key }) => key));
});

describe('where the rate is limited', () => {
  test('calls wait as long as the server asks, all come through, and results tell what is left', async () => {
    await using limited = await givenKoltrix({ env: { KOLTRIX_RATE_LIMIT: '3/1', KOLTRIX_ROLES: 'api' } });
    const tenant = await limited.tenant();
    const waits: number[] = [];
    const hooks = { onRetry: ({ delay_ms }: { delay_ms: number }) => waits.push(delay_ms) };
    const patient = new Koltrix({ apiKey: tenant.key, baseUrl: limited.url, maxRetries: 10, hooks });
    const replies = await Promise.all(Array.from({ length: 7 }, () => patient.emails.send(hello).withResponse()));
    expect(new Set(replies.map(({ data }) => data.id)).size).toBe(7);
    expect(replies[0]?.response.rate_limit).toMatchObject({ limit: 3, window_s: 1, remaining: expect.any(Number) });
    expect(Math.min(...waits)).toBeGreaterThanOrEqual(1_000);

    const hasty = new Koltrix({ apiKey: tenant.key, baseUrl: limited.url, maxRetries: 0 });
    // Of five within one second; a busy machine may not be that quick at once.
    const refused = await until(async () => {
      const outcomes = await Promise.allSettled(Array.from({ length: 5 }, () => hasty.account.get()));
      const reasons = outcomes.flatMap((outcome) => (outcome.status === 'rejected' ? [outcome.reason] : []));
      return reasons.length > 0 && reasons;
    });
    for (const error of refused) {
      expect(isRateLimitedError(error) && isAPIError(error)).toBe(true);
      expect(error).toMatchObject({
        retryable: true,
        retryAfter_ms: 1_000,
        request_id: expect.stringMatching(/^req_/),
        rate_limit: { limit: 3, window_s: 1, remaining: 0 },
      });
    }
  });
});
