import type { Fault, Problem, ProblemCode } from '../generated/types.gen.ts';

/** What each code means over HTTP; a test holds it against the server's own table. */
export const meaning = {
  'invalid-request': { status: 400, title: 'The request is not valid', retryable: false },
  'invalid-idempotency-key': { status: 400, title: 'The idempotency key is not valid', retryable: false },
  unauthenticated: { status: 401, title: 'The API key is missing or not valid', retryable: false },
  forbidden: { status: 403, title: 'The API key may not do this', retryable: false },
  'domain-not-verified': { status: 403, title: 'The sending domain is not verified', retryable: false },
  'not-found': { status: 404, title: 'There is no such thing', retryable: false },
  'method-not-allowed': { status: 405, title: 'The method is not supported here', retryable: false },
  'request-timeout': { status: 408, title: 'The request took too long to arrive', retryable: true },
  'idempotency-key-in-progress': {
    status: 409,
    title: 'A request with this idempotency key is still running',
    retryable: true,
  },
  'invalid-state': { status: 409, title: 'The state does not allow this', retryable: false },
  'payload-too-large': { status: 413, title: 'The request is too large', retryable: false },
  'unsupported-media-type': { status: 415, title: 'The content type is not supported', retryable: false },
  'idempotency-key-reused': {
    status: 422,
    title: 'The idempotency key was used for another request',
    retryable: false,
  },
  'too-many-recipients': { status: 422, title: 'The email has too many recipients', retryable: false },
  'rate-limited': { status: 429, title: 'Too many requests', retryable: true },
  'internal-error': { status: 500, title: 'Something went wrong on our side', retryable: true },
  unavailable: { status: 503, title: 'The service cannot take the request just now', retryable: true },
} satisfies Record<ProblemCode, { status: number; title: string; retryable: boolean }>;

interface RefusalOptions {
  faults?: readonly Fault[];
  retry_after_s?: number | string | undefined;
  /** Further headers of the answer. */
  headers?: Record<string, string>;
}

/** A "no" of the mock: it becomes problem+json. */
export class Refusal extends Error {
  override readonly name = 'Refusal';
  readonly code: ProblemCode;
  readonly faults: readonly Fault[];
  readonly retry_after_s: number | string | undefined;
  readonly headers: Record<string, string>;

  constructor(code: ProblemCode, detail: string, { faults = [], retry_after_s, headers = {} }: RefusalOptions = {}) {
    super(detail);
    this.code = code;
    this.faults = faults;
    this.retry_after_s = retry_after_s;
    this.headers = headers;
  }
}

/** One or more faults of the request's content. */
export function invalid(...faults: Fault[]): Refusal {
  const [first] = faults;
  const detail =
    faults.length === 1 && first
      ? `${first.pointer || 'The body'}: ${first.detail}`
      : `The request has ${faults.length} faults; see errors.`;
  return new Refusal('invalid-request', detail, { faults });
}

export function notFound(what: string): Refusal {
  return new Refusal('not-found', `There is no ${what} with this id.`);
}

/** The answer that a refusal becomes. */
export function problemResponse(refusal: Refusal, path: string, headers: Headers): Response {
  const { code, message, faults, retry_after_s } = refusal;
  const { status, title, retryable } = meaning[code];
  const body: Problem = {
    type: `/problems/${code}`,
    title,
    status,
    code,
    detail: message,
    instance: path,
    request_id: headers.get('x-request-id') as string,
    retryable,
    ...(faults.length && { errors: faults.slice(0, 50) }),
  };
  const answer = new Headers(headers);
  for (const [name, value] of Object.entries(refusal.headers)) answer.set(name, value);
  if (code === 'unauthenticated') answer.set('www-authenticate', 'Bearer');
  if (retry_after_s !== undefined || status === 429 || status === 503) {
    answer.set('retry-after', String(retry_after_s ?? 1));
  }
  answer.set('content-type', 'application/problem+json; charset=utf-8');
  return new Response(JSON.stringify(body), { status, headers: answer });
}
