import { APIError } from './api-error.ts';
import { isA } from './koltrix-error.ts';

/** The API key is good but may not do this: its scope is too narrow, or the sending domain is not verified. */
export class ForbiddenError extends APIError {
  override get name(): string {
    return 'ForbiddenError';
  }
}

export function isForbiddenError(error: unknown): error is ForbiddenError {
  return isA(error, ForbiddenError);
}
