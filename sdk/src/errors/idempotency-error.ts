import { APIError } from './api-error.ts';
import { isA } from './koltrix-error.ts';

/** The idempotency key is malformed, stands for another request, or its first request is still running. */
export class IdempotencyError extends APIError {
  override get name(): string {
    return 'IdempotencyError';
  }
}

export function isIdempotencyError(error: unknown): error is IdempotencyError {
  return isA(error, IdempotencyError);
}
