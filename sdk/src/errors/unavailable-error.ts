import { APIError } from './api-error.ts';

/** The service, or something before it, could not take the request just now. */
export class UnavailableError extends APIError {
  override get name(): string {
    return 'UnavailableError';
  }
}

export function isUnavailableError(error: unknown): error is UnavailableError {
  return error instanceof UnavailableError;
}
