import { APIError } from './api-error.ts';
import { isA } from './koltrix-error.ts';

/** The API key is missing, wrong or revoked. */
export class UnauthenticatedError extends APIError {
  override get name(): string {
    return 'UnauthenticatedError';
  }
}

export function isUnauthenticatedError(error: unknown): error is UnauthenticatedError {
  return isA(error, UnauthenticatedError);
}
