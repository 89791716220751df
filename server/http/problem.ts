import type { ProblemCode } from '../generated/types.gen.ts';

/** What each code means over HTTP. The relay's `reply.ts` holds the twin of this table for SMTP. */
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
