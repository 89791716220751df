import { isA, KoltrixError } from './koltrix-error.ts';

/** No answer came within `timeout_ms`. `cause` is the failure of the attempt before, if there was one. */
export class TimeoutError extends KoltrixError {
  readonly timeout_ms: number;

  constructor(timeout_ms: number, options?: { cause: unknown }) {
    super(`No answer within ${timeout_ms} ms`, options);
    this.timeout_ms = timeout_ms;
  }

  override get name(): string {
    return 'TimeoutError';
  }
}

export function isTimeoutError(error: unknown): error is TimeoutError {
  return isA(error, TimeoutError);
}
