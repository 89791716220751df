import { inspect } from 'node:util';
import { HttpResponse, http } from 'msw';
import { setupServer } from 'msw/node';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { APIError, ConnectionError, Koltrix, type ProblemCode } from '../src/index.ts';
import { delayBefore } from '../src/retry.ts';
import { retryAfterOf } from '../src/retry-after.ts';
import {
  type Answer,
  API_KEY,
  accepted,
  acceptIt,
  hangUp,
  hello,
  json,
  problem,
  rejectionOf,
  serve,
} from './support.ts';

const fail = (status: number, code: ProblemCode, retryable: boolean, headers?: Record<string, string>): Answer =>
  json(status, problem(status, code, { retryable }), headers);
const html =
  (status: number): Answer =>
  (response) =>
    response.writeHead(status, { 'content-type': 'text/html' }).end('<h1>Oops</h1>');

// Full jitter at its lower end, so that these tests do not sleep.
beforeEach(() => void vi.spyOn(Math, 'random').mockReturnValue(0.001));
afterEach(() => void vi.restoreAllMocks());

describe('a keyed POST', () => {
  test.each<[string, Answer]>([
    ['408', fail(408, 'request-timeout', true)],
    ['409 for a key in progress', fail(409, 'idempotency-key-in-progress', true, { 'retry-after': '0' })],
    ['429', fail(429, 'rate-limited', true, { 'retry-after': '0' })],
    ['500', fail(500, 'internal-error', true)],
    ['503', fail(503, 'unavailable', true, { 'retry-after': '0' })],
    ['a 502 page of a proxy', html(502)],
    ['a broken connection', hangUp],
    [
      'an answer that breaks off',
      (response, _, socket) => {
        response.writeHead(202, { 'content-length': '1000' }).write('{"id":');
        setTimeout(() => socket.destroy(), 20);
      },
    ],
  ])('is repeated after %s, and comes through', async (_, failure) => {
    await using server = await serve(failure, failure, acceptIt);
    expect(await server.client().emails.send(hello)).toEqual(accepted);
    expect(server.requests).toHaveLength(3);
    const bodies = new Set(server.requests.map((r) => String(r.body)));
    expect(bodies.size).toBe(1);
  });

  test.each<[string, Answer]>([
    ['400', fail(400, 'invalid-request', false)],
    ['409 for the state of the thing', fail(409, 'invalid-state', false)],
    ['422', fail(422, 'idempotency-key-reused', false)],
    ['a 500 that the server calls final', fail(500, 'internal-error', false)],
    ['a 404 page of a proxy', html(404)],
    ['a 501 page of a proxy', html(501)],
  ])('is not repeated after %s', async (_, failure) => {
    await using server = await serve(failure, acceptIt);
    expect(await rejectionOf(server.client().emails.send(hello))).toBeInstanceOf(APIError);
    expect(server.requests).toHaveLength(1);
  });

  test('gives up after three retries by default, with the last failure', async () => {
    await using server = await serve(hangUp, hangUp, hangUp, fail(503, 'unavailable', true));
    expect(await rejectionOf(server.client().emails.send(hello))).toMatchObject({ code: 'unavailable' });
    expect(server.requests).toHaveLength(4);
  });

  test.each([
    [{ maxRetries: 1 }, {}, 2],
    [{}, { maxRetries: 0 }, 1],
    [{ maxRetries: 0 }, { maxRetries: 2 }, 3],
  ])('is tried as often as client %o and call %o say', async (clientOptions, callOptions, tries) => {
    await using server = await serve(fail(503, 'unavailable', true));
    await rejectionOf(server.client(clientOptions).emails.send(hello, callOptions));
    expect(server.requests).toHaveLength(tries);
  });
});

describe('a POST that takes no key', () => {
  test('is not repeated when the answer is lost, since it may have had its effect', async () => {
    await using server = await serve(hangUp, json(200, {}));
    expect(await rejectionOf(server.client().emails.cancel('em_1'))).toBeInstanceOf(ConnectionError);
    expect(server.requests).toHaveLength(1);
  });

  test('is not repeated on the word of a proxy', async () => {
    await using server = await serve(html(504), json(200, {}));
    expect(await rejectionOf(server.client().webhooks.retryDelivery('wh_1', 'whd_1'))).toMatchObject({ status: 504 });
    expect(server.requests).toHaveLength(1);
  });

  test('is repeated when Koltrix says that it may be', async () => {
    await using server = await serve(fail(503, 'unavailable', true), json(200, { id: 'em_1' }));
    expect(await server.client().emails.cancel('em_1')).toEqual({ id: 'em_1' });
  });

  test('is repeated when the connection was refused, so that it never left', async () => {
    const refused = Object.assign(new TypeError('fetch failed'), { cause: { code: 'ECONNREFUSED' } });
    const fetch = vi.fn(async () => Response.json({ id: 'em_1' })).mockRejectedValueOnce(refused);
    const client = new Koltrix({ apiKey: API_KEY, baseUrl: 'https://x.example', fetch });
    expect(await client.emails.cancel('em_1')).toEqual({ id: 'em_1' });
    expect(fetch).toHaveBeenCalledTimes(2);
  });
});

test.each(['get', 'delete'] as const)('a %s is repeated when the answer is lost', async (verb) => {
  await using server = await serve(hangUp, json(200, {}));
  await server.client().webhooks[verb]('wh_1');
  expect(server.requests).toHaveLength(2);
});

test('a refused connection is a ConnectionError that keeps its cause', async () => {
  const closed = await serve();
  await closed[Symbol.asyncDispose]();
  const error = await rejectionOf(closed.client({ maxRetries: 1 }).account.get());
  expect(error).toBeInstanceOf(ConnectionError);
  expect((error as ConnectionError).cause).toBeInstanceOf(TypeError);
  expect((error as ConnectionError).message).toContain(`failed: connect ECONNREFUSED ${new URL(closed.url).host}`);
});

describe('a raw message from a stream', () => {
  const envelope = { mail_from: 'hello@acme.example', rcpt_to: ['ada@example.com'] };

  test('is not sent again once it was read, and the first failure is reported', async () => {
    await using server = await serve(fail(503, 'unavailable', true), acceptIt);
    const message = new Blob(['Subject: Hi\r\n\r\nHi\r\n']).stream();
    expect(await rejectionOf(server.client().emails.sendRaw(message, envelope))).toMatchObject({ status: 503 });
    expect(server.requests).toHaveLength(1);
  });

  test('is sent again as long as no attempt has touched it', async () => {
    const bodies: string[] = [];
    const client = new Koltrix({
      apiKey: API_KEY,
      baseUrl: 'https://x.example',
      fetch: async (_, init) => {
        if (bodies.push('') === 1) throw new TypeError('fetch failed');
        bodies[1] = await new Response(init?.body).text();
        return Response.json(accepted);
      },
    });
    expect(await client.emails.sendRaw(new Blob(['Subject: Hi\r\n']).stream(), envelope)).toEqual(accepted);
    expect(bodies).toEqual(['', 'Subject: Hi\r\n']);
  });

  test('never passes for a whole one when its source fails', async () => {
    await using server = await serve(acceptIt);
    async function* broken() {
      yield new TextEncoder().encode('Subject: Hi\r\n');
      await new Promise((resolve) => setTimeout(resolve, 50));
      throw new Error('the disk is gone');
    }
    const error = await rejectionOf(server.client().emails.sendRaw(broken(), envelope));
    expect(error).toBeInstanceOf(ConnectionError);
    expect(inspect(error)).toContain('the disk is gone');
    expect(server.requests.map((r) => r.body.length)).toEqual([0]);
  });

  test('never passes for a whole one when the call has failed but a fetch goes on reading', async () => {
    const uploaded = Promise.withResolvers<string>();
    const next = Promise.withResolvers<void>();
    const message = new ReadableStream<Uint8Array>({
      async pull(controller) {
        controller.enqueue(new TextEncoder().encode('Subject: Hi\r\n'));
        await next.promise;
      },
    });
    const client = new Koltrix({
      apiKey: API_KEY,
      baseUrl: 'https://x.example',
      fetch: async (_, init) => {
        new Response(init?.body).text().then(uploaded.resolve, uploaded.reject);
        await new Promise((resolve) => setTimeout(resolve, 20));
        return Response.json(problem(413, 'payload-too-large'), {
          status: 413,
          headers: { 'content-type': 'application/problem+json' },
        });
      },
    });
    const error = await rejectionOf(client.emails.sendRaw(message, envelope));
    expect(error).toMatchObject({ status: 413 });
    expect(await rejectionOf(uploaded.promise)).toBe(error);
    next.resolve();
  });

  test('that goes on for ever ends when the server refuses it early', async () => {
    await using server = await serve();
    server.answerAtOnce(json(413, problem(413, 'payload-too-large')));
    let isReleased = false;
    async function* endless() {
      try {
        for (;;) {
          await new Promise((resolve) => setTimeout(resolve, 1));
          yield new Uint8Array(1024);
        }
      } finally {
        isReleased = true;
      }
    }
    expect(await rejectionOf(server.client().emails.sendRaw(endless(), envelope))).toMatchObject({ status: 413 });
    await vi.waitFor(() => expect(isReleased).toBe(true), { timeout: 20_000 });
  });

  test('is let go of when the call fails for good', async () => {
    let reason: unknown;
    const message = new ReadableStream<Uint8Array>({
      pull: (controller) => controller.enqueue(new Uint8Array(1024)),
      cancel: (why) => {
        reason = why;
      },
    });
    const fetch = () => Promise.reject(new TypeError('fetch failed'));
    const client = new Koltrix({ apiKey: API_KEY, baseUrl: 'https://x.example', fetch, maxRetries: 0 });
    const error = await rejectionOf(client.emails.sendRaw(message, envelope));
    expect(reason).toBe(error);
  });
});

describe('over msw', () => {
  const network = setupServer();
  beforeAll(() => network.listen({ onUnhandledFrame: 'error' }));
  afterAll(() => network.close());

  test('a network error is retried, then the answer is given', async () => {
    let tries = 0;
    network.use(
      http.get('https://x.example/api/v2/account', () =>
        ++tries < 3 ? HttpResponse.error() : HttpResponse.json({ name: 'Acme' }),
      ),
    );
    expect(await new Koltrix({ apiKey: API_KEY, baseUrl: 'https://x.example' }).account.get()).toEqual({
      name: 'Acme',
    });
    expect(tries).toBe(3);
  });
});

describe('the wait before a retry', () => {
  const asking = (retryAfter_ms: number | undefined) =>
    new APIError({
      status: 503,
      code: 'unavailable',
      detail: '',
      errors: [],
      request_id: undefined,
      retryable: true,
      fromProblem: true,
      retryAfter_ms,
      rate_limit: undefined,
    });

  test('is anything between nothing and a bound that doubles up to eight seconds', () => {
    const bounds = [0, 1, 2, 3, 4, 5, 50].map((retries) => delayBefore(retries, undefined, 1));
    expect(bounds).toEqual([500, 1000, 2000, 4000, 8000, 8000, 8000]);
    expect(delayBefore(3, undefined, 0)).toBe(0);
    expect(delayBefore(3, undefined, 0.5)).toBe(2000);
  });

  test('is never shorter than what the server asks for, up to a minute', () => {
    expect(delayBefore(0, asking(3_000), 0)).toBe(3_000);
    expect(delayBefore(0, asking(3_000), 1)).toBe(3_500);
    expect(delayBefore(0, asking(3_600_000), 0)).toBe(60_000);
    expect(delayBefore(0, asking(undefined), 0)).toBe(0);
  });

  test('is read from Retry-After in seconds and as a date', () => {
    const now_ms = Date.parse('2026-11-22T08:00:00Z');
    expect(retryAfterOf('7', now_ms)).toBe(7_000);
    expect(retryAfterOf('Sun, 22 Nov 2026 08:00:30 GMT', now_ms)).toBe(30_000);
    expect(retryAfterOf('Sun, 22 Nov 2026 07:00:00 GMT', now_ms)).toBe(0);
    expect(retryAfterOf('soon', now_ms)).toBeUndefined();
    expect(retryAfterOf(null, now_ms)).toBeUndefined();
  });

  test('is kept in a real call', async () => {
    await using server = await serve(fail(429, 'rate-limited', true, { 'retry-after': '1' }), acceptIt);
    const start = performance.now();
    await server.client().emails.send(hello);
    expect(performance.now() - start).toBeGreaterThanOrEqual(990);
  });
});
