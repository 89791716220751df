import { APIError } from './api-error.ts';
import { isA } from './koltrix-error.ts';

/** The request itself is at fault; `errors` points at the places. Repeating it changes nothing. */
export class InvalidRequestError extends APIError {
  override get name(): string {
    return 'InvalidRequestError';
  }
}

export function isInvalidRequestError(error: unknown): error is InvalidRequestError {
  return isA(error, InvalidRequestError);
}
