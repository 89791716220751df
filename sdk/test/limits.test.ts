import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { APIError, Koltrix, TimeoutError } from '../src/index.ts';
import {
  type Answer,
  API_KEY,
  accepted,
  acceptIt,
  hello,
  json,
  problem,
  rejectionOf,
  serve,
  staySilent,
} from './support.ts';

beforeEach(() => void vi.spyOn(Math, 'random').mockReturnValue(0.001));
afterEach(() => void vi.restoreAllMocks());

const patience = { timeout: 20_000, interval: 5 };

/** Headers and half a body, then nothing more. */
const stallInside: Answer = (response) => {
  response.writeHead(202, { 'content-type': 'application/json' }).write('{"id":');
};
const busy: Answer = json(503, problem(503, 'unavailable', { retryable: true }), { 'retry-after': '30' });

describe('timeout_ms', () => {
  test.each<[string, Answer]>([
    ['no answer', staySilent],
    ['an answer that stalls', stallInside],
  ])('ends an attempt with %s, and the next one may succeed', async (_, answer) => {
    await using server = await serve(answer, acceptIt);
    expect(await server.client({ timeout_ms: 1_000 }).emails.send(hello)).toEqual(accepted);
    expect(server.requests).toHaveLength(2);
  });

  test('is a TimeoutError when no attempt succeeds', async () => {
    await using server = await serve(staySilent);
    const error = await rejectionOf(server.client().account.get({ timeout_ms: 500, maxRetries: 1 }));
    expect(error).toBeInstanceOf(TimeoutError);
    expect(error).toMatchObject({ timeout_ms: 500 });
    expect(server.requests).toHaveLength(2);
  });

  test('is not retried for a POST that takes no key', async () => {
    await using server = await serve(staySilent);
    expect(await rejectionOf(server.client().emails.cancel('em_1', { timeout_ms: 500 }))).toBeInstanceOf(TimeoutError);
    expect(server.requests).toHaveLength(1);
  });

  test('may be longer than a timer can hold', async () => {
    await using server = await serve(acceptIt);
    expect(await server.client({ timeout_ms: Number.POSITIVE_INFINITY }).emails.send(hello)).toEqual(accepted);
  });
});

describe('total_timeout_ms', () => {
  test('ends the whole call, and keeps the failure before as its cause', async () => {
    await using server = await serve(json(503, problem(503, 'unavailable', { retryable: true })), staySilent);
    const error = await rejectionOf(server.client({ total_timeout_ms: 1_000 }).emails.send(hello));
    expect(error).toBeInstanceOf(TimeoutError);
    expect(error).toMatchObject({ timeout_ms: 1_000, cause: expect.any(APIError) });
    expect(server.requests).toHaveLength(2);
  });

  test('does not wait for a retry that would come too late', async () => {
    await using server = await serve(busy, acceptIt);
    const start = performance.now();
    const error = await rejectionOf(server.client({ total_timeout_ms: 20_000 }).emails.send(hello));
    expect(error).toMatchObject({ code: 'unavailable', retryAfter_ms: 30_000 });
    expect(performance.now() - start).toBeLessThan(15_000);
  });
});

describe('an abort', () => {
  test('before the call sends nothing', async () => {
    await using server = await serve(acceptIt);
    const error = await rejectionOf(server.client().emails.send(hello, { signal: AbortSignal.abort() }));
    expect(error).toMatchObject({ name: 'AbortError' });
    expect(server.requests).toHaveLength(0);
  });

  test('during an attempt is an AbortError, never a retry', async () => {
    await using server = await serve(staySilent);
    const controller = new AbortController();
    const sending = rejectionOf(server.client().emails.send(hello, { signal: controller.signal }));
    await vi.waitFor(() => expect(server.requests).toHaveLength(1), patience);
    controller.abort();
    const error = await sending;
    expect(error).toMatchObject({ name: 'AbortError' });
    expect(server.requests).toHaveLength(1);
  });

  test('during the wait for a retry ends it at once', async () => {
    await using server = await serve(busy, acceptIt);
    const controller = new AbortController();
    const waits = vi.fn();
    const client = server.client({ hooks: { onRetry: waits } });
    const sending = rejectionOf(client.emails.send(hello, { signal: controller.signal }));
    await vi.waitFor(() => expect(waits).toHaveBeenCalled(), patience);
    const start = performance.now();
    controller.abort();
    const error = await sending;
    expect(error).toMatchObject({ name: 'AbortError' });
    expect(performance.now() - start).toBeLessThan(15_000);
    expect(server.requests).toHaveLength(1);
  });

  test("rejects with the caller's own reason", async () => {
    await using server = await serve(staySilent);
    const controller = new AbortController();
    const reason = new Error('the user has left');
    const asking = rejectionOf(server.client().account.get({ signal: controller.signal }));
    await vi.waitFor(() => expect(server.requests).toHaveLength(1), patience);
    controller.abort(reason);
    expect(await asking).toBe(reason);
  });

  test('leaves no listener behind on a signal that outlives the call', async () => {
    const { signal } = new AbortController();
    const added = vi.spyOn(signal, 'addEventListener');
    const removed = vi.spyOn(signal, 'removeEventListener');
    const fetch = async () => Response.json({});
    const client = new Koltrix({ apiKey: API_KEY, baseUrl: 'https://x.example', fetch });
    await client.account.get({ signal });
    expect(added).toHaveBeenCalled();
    expect(removed.mock.calls.map(([, listener]) => listener)).toEqual(
      added.mock.calls.map(([, listener]) => listener),
    );
  });
});

test('a call that fails is reported once, whether its body or its response was asked for', async () => {
  await using server = await serve(json(404, problem(404, 'not-found')));
  const unhandled = vi.fn();
  process.on('unhandledRejection', unhandled);
  try {
    const client = server.client();
    expect(await rejectionOf(client.emails.get('em_1').withResponse())).toMatchObject({ status: 404 });
    expect(await rejectionOf(client.emails.get('em_1'))).toMatchObject({ status: 404 });
    expect(await rejectionOf(client.emails.list().withResponse())).toMatchObject({ status: 404 });
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(unhandled).not.toHaveBeenCalled();
  } finally {
    process.off('unhandledRejection', unhandled);
  }
});
