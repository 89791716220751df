import { isA, KoltrixError } from './koltrix-error.ts';

/** No whole answer came: the connection failed or broke. `cause` is the runtime's own error. */
export class ConnectionError extends KoltrixError {
  override get name(): string {
    return 'ConnectionError';
  }
}

export function isConnectionError(error: unknown): error is ConnectionError {
  return isA(error, ConnectionError);
}
