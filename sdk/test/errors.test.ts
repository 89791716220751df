import { inspect } from 'node:util';
import { describe, expect, test, vi } from 'vitest';
import * as sdk from '../src/index.ts';
import { type Answer, API_KEY, hangUp, hello, json, problem, rejectionOf, serve, staySilent } from './support.ts';

const families: [number, sdk.ProblemCode, typeof sdk.APIError, (error: unknown) => boolean][] = [
  [400, 'invalid-request', sdk.InvalidRequestError, sdk.isInvalidRequestError],
  [400, 'invalid-idempotency-key', sdk.IdempotencyError, sdk.isIdempotencyError],
  [401, 'unauthenticated', sdk.UnauthenticatedError, sdk.isUnauthenticatedError],
  [403, 'forbidden', sdk.ForbiddenError, sdk.isForbiddenError],
  [403, 'domain-not-verified', sdk.ForbiddenError, sdk.isForbiddenError],
  [404, 'not-found', sdk.NotFoundError, sdk.isNotFoundError],
  [405, 'method-not-allowed', sdk.InvalidRequestError, sdk.isInvalidRequestError],
  [408, 'request-timeout', sdk.UnavailableError, sdk.isUnavailableError],
  [409, 'idempotency-key-in-progress', sdk.IdempotencyError, sdk.isIdempotencyError],
  [409, 'invalid-state', sdk.ConflictError, sdk.isConflictError],
  [413, 'payload-too-large', sdk.InvalidRequestError, sdk.isInvalidRequestError],
  [415, 'unsupported-media-type', sdk.InvalidRequestError, sdk.isInvalidRequestError],
  [422, 'idempotency-key-reused', sdk.IdempotencyError, sdk.isIdempotencyError],
  [422, 'too-many-recipients', sdk.InvalidRequestError, sdk.isInvalidRequestError],
  [429, 'rate-limited', sdk.RateLimitedError, sdk.isRateLimitedError],
  [500, 'internal-error', sdk.InternalError, sdk.isInternalError],
  [503, 'unavailable', sdk.UnavailableError, sdk.isUnavailableError],
];

async function failureOf(answer: Answer): Promise<unknown> {
  await using server = await serve(answer);
  return await rejectionOf(server.client({ maxRetries: 0 }).emails.send(hello));
}

describe('a problem document', () => {
  test.each(families)('with %i %s is an error of its family, with a guard', async (status, code, family, guard) => {
    const error = await failureOf(json(status, problem(status, code)));
    expect(error).toBeInstanceOf(family);
    expect(guard(error)).toBe(true);
    expect(guard(new Error('another'))).toBe(false);
    expect(sdk.isAPIError(error) && sdk.isKoltrixError(error)).toBe(true);
    expect(error).toMatchObject({ status, code, name: family.name });
  });

  test('is known to the guards of another copy of this package', async () => {
    vi.resetModules();
    const other = await import('../src/index.ts');
    expect(other.NotFoundError).not.toBe(sdk.NotFoundError);
    const error = await failureOf(json(404, problem(404, 'not-found')));
    expect([other.isNotFoundError(error), other.isAPIError(error), other.isKoltrixError(error)]).toEqual([
      true,
      true,
      true,
    ]);
    expect([other.isConflictError(error), other.isTimeoutError(error)]).toEqual([false, false]);
  });

  test.each([
    new DOMException('too late', 'TimeoutError'),
    Object.assign(new Error('of another library'), { name: 'TimeoutError' }),
    null,
    'TimeoutError',
  ])('is not what bears the same name: %s', (stranger) => {
    expect([sdk.isTimeoutError(stranger), sdk.isKoltrixError(stranger)]).toEqual([false, false]);
  });

  test('keeps detail, faults, request id, retryable and Retry-After, and sums them up in its message', async () => {
    const errors = [{ pointer: '/to/0', detail: 'must be an email address' }];
    const body = problem(429, 'rate-limited', { retryable: true, detail: 'Slow down', errors });
    const error = await failureOf(json(429, body, { 'retry-after': '7' }));
    expect(error).toMatchObject({
      detail: 'Slow down',
      errors,
      request_id: 'req_01k9zq7d8ye2wbn5w0c8v7x3ma',
      retryable: true,
      retryAfter_ms: 7_000,
      message: 'Slow down; /to/0 must be an email address [429 rate-limited req_01k9zq7d8ye2wbn5w0c8v7x3ma]',
    });
  });

  test('says what is left of the rate limit, when the answer does', async () => {
    const announced = { 'ratelimit-policy': '"default";q=50;w=1', ratelimit: '"default";r=0;t=1' };
    const limited = await failureOf(json(429, problem(429, 'rate-limited', { retryable: true }), announced));
    expect(limited).toMatchObject({ rate_limit: { limit: 50, window_s: 1, remaining: 0, reset_s: 1 } });
    const refused = await failureOf(json(403, problem(403, 'forbidden'), announced));
    expect(refused).toMatchObject({ rate_limit: { remaining: 0 } });
    expect(await failureOf(json(429, problem(429, 'rate-limited')))).toMatchObject({ rate_limit: undefined });
  });

  test('with a code that this version does not know is still an APIError with that code', async () => {
    const error = await failureOf(json(418, { ...problem(418, 'not-found'), code: 'teapot' }));
    expect(error).toBeInstanceOf(sdk.APIError);
    expect(error).toMatchObject({ status: 418, code: 'teapot' });
  });
});

describe('an answer that is no problem document', () => {
  const page = (status: number, type: string, body: string): Answer => {
    return (response) => response.writeHead(status, { 'content-type': type }).end(body);
  };

  test.each([
    [502, 'text/html', '<h1>Bad gateway</h1>', sdk.UnavailableError, 'unavailable', true],
    [401, 'text/plain', 'no', sdk.UnauthenticatedError, 'unauthenticated', false],
    [404, 'application/json', '{"errors":{"a":1}}', sdk.NotFoundError, 'not-found', false],
    [429, 'text/html', '', sdk.RateLimitedError, 'rate-limited', true],
    [500, 'application/problem+json', '{"broken', sdk.InternalError, 'internal-error', true],
    [500, 'application/problem+json', 'null', sdk.InternalError, 'internal-error', true],
    [418, 'text/plain', 'I am a teapot', sdk.APIError, 'unknown', false],
  ])('is judged by its status: %i %s', async (status, type, body, family, code, retryable) => {
    const error = await failureOf(page(status, type, body));
    expect(error).toBeInstanceOf(family);
    expect(error).toMatchObject({ status, code, retryable, errors: [], request_id: undefined });
  });

  test('but claims success is an APIError that doubts the base URL', async () => {
    const error = await failureOf(page(200, 'text/html', '<h1>Welcome</h1>'));
    expect(error).toBeInstanceOf(sdk.APIError);
    expect(String(error)).toMatch(/text\/html.*baseUrl/);
  });
});

describe('the API key', () => {
  const shown = (value: unknown) =>
    [
      inspect(value, { depth: 20, showHidden: true }),
      JSON.stringify(value),
      String(value),
      (value as Error).stack,
    ].join();

  test.each<[string, Answer]>([
    ['an API error', json(401, problem(401, 'unauthenticated'))],
    ['a connection error', hangUp],
    ['a timeout', staySilent],
  ])('does not show in %s', async (_, answer) => {
    await using server = await serve(answer);
    const error = await rejectionOf(server.client({ maxRetries: 0, timeout_ms: 500 }).account.get());
    expect(sdk.isKoltrixError(error)).toBe(true);
    expect(shown(error)).not.toContain(API_KEY.slice(3, 12));
  });

  test('does not show in a client', () => {
    expect(shown(new sdk.Koltrix({ apiKey: API_KEY }))).not.toContain(API_KEY.slice(3, 12));
  });

  test('does not show when it is refused for a line break inside', () => {
    const broken = `${API_KEY}\n${API_KEY}`;
    let error: unknown;
    try {
      new sdk.Koltrix({ apiKey: broken });
    } catch (thrown) {
      error = thrown;
    }
    expect(sdk.isKoltrixError(error)).toBe(true);
    expect(shown(error)).not.toContain(API_KEY.slice(3, 12));
  });

  test('may end in a line break, as keys from files do', async () => {
    await using server = await serve(json(200, {}));
    await server.client({ apiKey: `${API_KEY}\n` }).account.get();
    expect(server.requests[0]?.headers.authorization).toBe(`Bearer ${API_KEY}`);
  });
});
