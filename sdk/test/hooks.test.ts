import { inspect } from 'node:util';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { AttemptInfo, Hooks } from '../src/index.ts';
import { API_KEY, acceptIt, hangUp, hello, json, problem, rejectionOf, serve, staySilent } from './support.ts';

beforeEach(() => void vi.spyOn(Math, 'random').mockReturnValue(0.001));
afterEach(() => void vi.restoreAllMocks());

const busy = json(503, problem(503, 'unavailable', { retryable: true }), { 'retry-after': '0' });

/** Writes down what every hook is told. */
function recorder() {
  const told: { name: string; facts: Record<string, unknown>; request: AttemptInfo }[] = [];
  const hooks: Hooks = {
    onRequest: (request) => told.push({ name: 'request', facts: {}, request }),
    onResponse: (facts, request) => told.push({ name: 'response', facts: { ...facts }, request }),
    onError: (facts, request) => told.push({ name: 'error', facts, request }),
    onRetry: (facts, request) => told.push({ name: 'retry', facts, request }),
  };
  return { hooks, told, names: () => told.map(({ name, request }) => `${name} ${request.attempt}`) };
}

describe('the hooks', () => {
  test('see every attempt of a call in order, and which of them a fact is about', async () => {
    await using server = await serve(busy, hangUp, acceptIt);
    const { hooks, told, names } = recorder();
    await server.client({ hooks }).emails.send(hello);
    expect(names()).toEqual([
      ...['request 1', 'response 1', 'error 1', 'retry 1'],
      ...['request 2', 'error 2', 'retry 2'],
      ...['request 3', 'response 3'],
    ]);
    expect(new Set(told.map(({ request }) => request)).size).toBe(3);
    expect(told[0]?.request).toMatchObject({ method: 'POST', url: `${server.url}/api/v2/emails`, attempt: 1 });
    expect(told[1]?.facts).toMatchObject({
      status: 503,
      request_id: 'req_01k9zq7d8ye2wbn5w0c8v7x3ma',
      duration_ms: expect.any(Number),
    });
    expect(told[2]?.facts).toMatchObject({ error: { code: 'unavailable' }, duration_ms: expect.any(Number) });
    expect(told[3]?.facts).toMatchObject({ error: { code: 'unavailable' }, delay_ms: 0.5 });
    expect(told[5]?.facts).toMatchObject({ error: { name: 'ConnectionError' } });
    expect(told.at(-1)?.facts).toMatchObject({ status: 202, replayed: false });
  });

  test('see an abort and a timeout as errors, and no retry after an abort', async () => {
    await using server = await serve(staySilent);
    const { hooks, told, names } = recorder();
    const client = server.client({ hooks });
    await rejectionOf(client.account.get({ timeout_ms: 500, maxRetries: 0 }));
    await rejectionOf(client.account.get({ signal: AbortSignal.timeout(500) }));
    expect(names()).toEqual(['request 1', 'error 1', 'request 1', 'error 1']);
    expect(told.map(({ facts }) => (facts.error as Error | undefined)?.name)).toEqual([
      ...[undefined, 'TimeoutError'],
      ...[undefined, 'TimeoutError'],
    ]);
  });

  test('see the headers, the idempotency key too, but never the API key', async () => {
    await using server = await serve(busy, acceptIt);
    const { hooks, told } = recorder();
    await server.client({ hooks, headers: { 'x-app': 'shop' } }).emails.send(hello, { idempotencyKey: 'order-1' });
    expect(told.map(({ request }) => Object.fromEntries(request.headers))[0]).toEqual({
      accept: '*/*',
      'content-type': 'application/json',
      'idempotency-key': 'order-1',
      'x-app': 'shop',
    });
    expect(inspect(told, { depth: 20, showHidden: true })).not.toContain(API_KEY.slice(3, 12));
  });

  test('change nothing about the call, whatever they do', async () => {
    await using server = await serve(busy, acceptIt);
    const unhandled = vi.fn();
    process.on('unhandledRejection', unhandled);
    try {
      const hooks: Hooks = {
        onRequest: ({ headers }) => headers.set('x-planted', '1'),
        onResponse: () => Promise.reject(new Error('the log is full')),
        onError: () => new Promise(() => {}),
        onRetry: () => {
          throw new Error('no tracer');
        },
      };
      expect(await server.client({ hooks }).emails.send(hello)).toMatchObject({ status: 'queued' });
      expect(server.requests[1]?.headers).not.toHaveProperty('x-planted');
      await new Promise((resolve) => setTimeout(resolve, 20));
      expect(unhandled).not.toHaveBeenCalled();
    } finally {
      process.off('unhandledRejection', unhandled);
    }
  });

  test('are called as methods, so that they may be those of an object with a state', async () => {
    await using server = await serve(acceptIt);
    class Counter implements Hooks {
      count = 0;
      onRequest() {
        this.count++;
      }
    }
    const counter = new Counter();
    await server.client({ hooks: counter }).emails.send(hello);
    expect(counter.count).toBe(1);
  });
});
