import { APIError } from './api-error.ts';
import { isA } from './koltrix-error.ts';

/** The state of the thing does not allow this, such as canceling an email that has left. */
export class ConflictError extends APIError {
  override get name(): string {
    return 'ConflictError';
  }
}

export function isConflictError(error: unknown): error is ConflictError {
  return isA(error, ConflictError);
}
