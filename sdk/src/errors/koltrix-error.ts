/**
 * The base of everything this package throws of its own. An abort is not among it: as with `fetch`, an aborted call
 * rejects with the signal's own reason.
 */
export class KoltrixError extends Error {
  override get name(): string {
    return 'KoltrixError';
  }
}

export function isKoltrixError(error: unknown): error is KoltrixError {
  return error instanceof KoltrixError;
}
