import type { Problem, ProblemCode } from '../generated/types.gen.ts';
import type { ResponseInfo } from '../reply.ts';
import { retryAfterOf } from '../retry-after.ts';
import { APIError } from './api-error.ts';
import { ConflictError } from './conflict-error.ts';
import { ForbiddenError } from './forbidden-error.ts';
import { IdempotencyError } from './idempotency-error.ts';
import { InternalError } from './internal-error.ts';
import { InvalidRequestError } from './invalid-request-error.ts';
import { NotFoundError } from './not-found-error.ts';
import { RateLimitedError } from './rate-limited-error.ts';
import { UnauthenticatedError } from './unauthenticated-error.ts';
import { UnavailableError } from './unavailable-error.ts';

/** The family of each code. A code that is new in the contract does not compile until it has one. */
const families: Record<ProblemCode | 'unknown', typeof APIError> = {
  'invalid-request': InvalidRequestError,
  'invalid-idempotency-key': IdempotencyError,
  unauthenticated: UnauthenticatedError,
  forbidden: ForbiddenError,
  'domain-not-verified': ForbiddenError,
  'not-found': NotFoundError,
  'method-not-allowed': InvalidRequestError,
  'request-timeout': UnavailableError,
  'idempotency-key-in-progress': IdempotencyError,
  'invalid-state': ConflictError,
  'payload-too-large': InvalidRequestError,
  'unsupported-media-type': InvalidRequestError,
  'idempotency-key-reused': IdempotencyError,
  'too-many-recipients': InvalidRequestError,
  'rate-limited': RateLimitedError,
  'internal-error': InternalError,
  unavailable: UnavailableError,
  unknown: APIError,
};

/** What a bare status means when something before Koltrix answered in its stead. */
const codes: Record<number, ProblemCode> = {
  400: 'invalid-request',
  401: 'unauthenticated',
  403: 'forbidden',
  404: 'not-found',
  405: 'method-not-allowed',
  408: 'request-timeout',
  413: 'payload-too-large',
  415: 'unsupported-media-type',
  429: 'rate-limited',
  500: 'internal-error',
  502: 'unavailable',
  503: 'unavailable',
  504: 'unavailable',
};

/**
 * The error that an answer stands for, whether or not its body is a problem document (RFC 9457).
 *
 * @param misread - what is wrong with an answer that claims success
 */
export function errorFrom(
  response: Response,
  { status, request_id, rate_limit, headers }: ResponseInfo,
  body: string,
  now_ms: number,
  misread?: string,
): APIError {
  const problem = problemIn(headers.get('content-type'), body);
  const code = problem?.code ?? codes[status] ?? 'unknown';
  // A newer server may have codes that this version does not know yet.
  const Family = families[code] ?? APIError;
  return new Family({
    status,
    code,
    detail: misread ?? problem?.detail ?? problem?.title ?? foreign(response),
    errors: problem?.errors ?? [],
    request_id: problem?.request_id ?? request_id,
    retryable: problem?.retryable ?? (status === 408 || status === 429 || (status >= 500 && status !== 501)),
    fromProblem: problem?.retryable !== undefined,
    retryAfter_ms: retryAfterOf(headers.get('retry-after'), now_ms),
    rate_limit,
  });
}

function problemIn(contentType: string | null, body: string): Partial<Problem> | undefined {
  if (!contentType?.startsWith('application/problem+json')) return undefined;
  try {
    const parsed: unknown = JSON.parse(body);
    return typeof parsed === 'object' && parsed && 'code' in parsed ? (parsed as Partial<Problem>) : undefined;
  } catch {
    return undefined;
  }
}

function foreign({ status, statusText, headers }: Response): string {
  const target = headers.get('location');
  if (target) return `The server redirects to ${target}; is baseUrl right?`;
  return `The answer is no problem document: ${statusText || status}, ${headers.get('content-type') ?? 'no content type'}`;
}
