import { APIError } from './api-error.ts';
import { isA } from './koltrix-error.ts';

/** There is no such thing, or it belongs to another account. */
export class NotFoundError extends APIError {
  override get name(): string {
    return 'NotFoundError';
  }
}

export function isNotFoundError(error: unknown): error is NotFoundError {
  return isA(error, NotFoundError);
}
