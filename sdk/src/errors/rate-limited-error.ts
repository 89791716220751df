import { APIError } from './api-error.ts';
import { isA } from './koltrix-error.ts';

/** Too many requests; `retryAfter_ms` says how long to wait. */
export class RateLimitedError extends APIError {
  override get name(): string {
    return 'RateLimitedError';
  }
}

export function isRateLimitedError(error: unknown): error is RateLimitedError {
  return isA(error, RateLimitedError);
}
