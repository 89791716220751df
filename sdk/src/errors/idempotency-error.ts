import { APIError } from './api-error.ts';

/** The idempotency key is malformed, stands for another request, or its first request is still running. */
export class IdempotencyError extends APIError {
  override get name(): string {
    return 'IdempotencyError';
  }
}

export function isIdempotencyError(error: unknown): error is IdempotencyError {
  return error instanceof IdempotencyError;
}
