import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import {
  ConnectionError,
  ForbiddenError,
  isAPIError,
  isConflictError,
  RateLimitedError,
  TimeoutError,
} from '../../src/index.ts';
import { createMockKoltrix } from '../../src/testing/index.ts';
import { hello, rejectionOf } from '../support.ts';

beforeEach(() => void vi.spyOn(Math, 'random').mockReturnValue(0.001));
afterEach(() => void vi.restoreAllMocks());

const statuses = ({ requests }: { requests: readonly { status: number | undefined }[] }) =>
  requests.map(({ status }) => status);

describe('a fault', () => {
  test('meets the next request of its operation, once, and the client gets over it', async () => {
    const mock = createMockKoltrix();
    const fault = mock.fail('emails.send', { status: 503, retryAfter: 0 });
    await mock.client().account.get();
    expect((await mock.client().emails.send(hello)).status).toBe('queued');
    expect(statuses(mock)).toEqual([200, 503, 202]);
    expect(fault.met).toBe(1);
    const keys = mock.requests.slice(1).map(({ headers }) => headers.get('idempotency-key'));
    expect(keys[0]).toMatch(/^auto-/);
    expect(keys[0]).toBe(keys[1]);
    expect(mock.inbox.messages).toHaveLength(1);
  });

  test('is met as often as was said, in the order of planning, until it is stopped', async () => {
    const mock = createMockKoltrix();
    const koltrix = mock.client({ maxRetries: 0 });
    mock.fail('account.get', { status: 429, times: 2, retryAfter: 7 });
    const outage = mock.fail('*', { status: 502, times: Number.POSITIVE_INFINITY });
    const errors = [];
    for (let i = 0; i < 4; i++) errors.push(await rejectionOf(koltrix.account.get()));
    expect(errors[0]).toBeInstanceOf(RateLimitedError);
    expect(errors[0]).toMatchObject({ retryAfter_ms: 7_000, retryable: true });
    expect(errors.map((error) => isAPIError(error) && error.status)).toEqual([429, 429, 502, 502]);
    outage.stop();
    expect((await koltrix.account.get()).scope).toBe('full');
  });

  test('can be named by its code, which gives its status', async () => {
    const mock = createMockKoltrix();
    mock.fail('emails.send', { code: 'domain-not-verified', detail: 'acme.example is not verified.' });
    const error = await rejectionOf(mock.client().emails.send(hello));
    expect(error).toBeInstanceOf(ForbiddenError);
    expect(error).toMatchObject({ status: 403, code: 'domain-not-verified', detail: 'acme.example is not verified.' });
    mock.fail('emails.cancel', { status: 409 });
    expect(isConflictError(await rejectionOf(mock.client().emails.cancel('em_1')))).toBe(true);
    expect(mock.inbox.messages).toEqual([]);
  });

  test('that Koltrix never shows is refused', () => {
    const mock = createMockKoltrix();
    expect(() => mock.fail('emails.get', { status: 422 })).toThrow(/emails.get never answers 422/);
    expect(() => mock.fail('emails.get', { status: 200 })).toThrow(/400 or more/);
    expect(() => mock.fail('emails.get', { status: 404, code: 'rate-limited' })).toThrow(/status 429/);
    expect(() => mock.fail('emails.nope' as never, { status: 404 })).toThrow(/no operation emails.nope/);
  });
});

describe('the network', () => {
  test('that refuses the connection has carried nothing', async () => {
    const mock = createMockKoltrix();
    mock.fail('emails.send', { network: 'refused', times: 2 });
    const koltrix = mock.client({ maxRetries: 1 });
    expect(await rejectionOf(koltrix.emails.send(hello))).toBeInstanceOf(ConnectionError);
    expect(mock.inbox.messages).toEqual([]);
    expect(statuses(mock)).toEqual([undefined, undefined]);
  });

  test('that loses the answer has carried the request: the retry is answered from the record', async () => {
    const mock = createMockKoltrix();
    mock.fail('emails.send', { network: 'lost-answer' });
    const { response } = await mock.client().emails.send(hello).withResponse();
    expect(response.replayed).toBe(true);
    expect(mock.inbox.messages).toHaveLength(1);
  });

  test('that is silent is left when the time is over', async () => {
    const mock = createMockKoltrix();
    mock.fail('emails.send', { network: 'silence' });
    const koltrix = mock.client({ timeout_ms: 30, maxRetries: 0 });
    expect(await rejectionOf(koltrix.emails.send(hello))).toBeInstanceOf(TimeoutError);
  });

  test('that is slow keeps a key in progress', async () => {
    const mock = createMockKoltrix();
    const koltrix = mock.client({ maxRetries: 0 });
    mock.delay('emails.send', 1_500);
    const first = koltrix.emails.send(hello, { idempotencyKey: 'k' });
    await vi.waitFor(() => expect(mock.requests).toHaveLength(1), { timeout: 20_000, interval: 5 });
    const error = await rejectionOf(koltrix.emails.send(hello, { idempotencyKey: 'k' }));
    expect(error).toMatchObject({ code: 'idempotency-key-in-progress', retryAfter_ms: 1_000 });
    expect((await koltrix.idempotencyKeys.get('k')).state).toBe('in_progress');
    const { id } = await first;
    mock.delay('emails.send', 0);
    expect((await koltrix.emails.send(hello, { idempotencyKey: 'k' })).id).toBe(id);
  });

  test('an abort ends at once, and is an abort', async () => {
    const mock = createMockKoltrix({ latency_ms: 10_000 });
    const controller = new AbortController();
    setTimeout(() => controller.abort(), 20);
    const error = await rejectionOf(mock.client().emails.send(hello, { signal: controller.signal }));
    expect(error).toMatchObject({ name: 'AbortError' });
    expect(mock.inbox.messages).toEqual([]);
  });
});

test('a quota that is used up is answered 429 until its window has passed', async () => {
  const mock = createMockKoltrix({ rateLimit: { requests: 2, window_s: 60 } });
  const koltrix = mock.client({ maxRetries: 0 });
  const { response } = await koltrix.account.get().withResponse();
  expect(response.headers.get('ratelimit')).toBe('"default";r=1;t=60');
  await koltrix.account.get();
  expect(await rejectionOf(koltrix.account.get())).toBeInstanceOf(RateLimitedError);
  await mock.advance(60_000);
  expect((await koltrix.account.get()).limits.requests).toBe(2);
});
