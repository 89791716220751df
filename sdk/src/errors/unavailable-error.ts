import { APIError } from './api-error.ts';
import { isA } from './koltrix-error.ts';

/** The service, or something before it, could not take the request just now. */
export class UnavailableError extends APIError {
  override get name(): string {
    return 'UnavailableError';
  }
}

export function isUnavailableError(error: unknown): error is UnavailableError {
  return isA(error, UnavailableError);
}
