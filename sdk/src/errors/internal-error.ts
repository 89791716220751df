import { APIError } from './api-error.ts';

/** Something went wrong on the server. Name `request_id` when you report it. */
export class InternalError extends APIError {
  override get name(): string {
    return 'InternalError';
  }
}

export function isInternalError(error: unknown): error is InternalError {
  return error instanceof InternalError;
}
