import { APIError } from './api-error.ts';
import { isA } from './koltrix-error.ts';

/** Something went wrong on the server. Name `request_id` when you report it. */
export class InternalError extends APIError {
  override get name(): string {
    return 'InternalError';
  }
}

export function isInternalError(error: unknown): error is InternalError {
  return isA(error, InternalError);
}
