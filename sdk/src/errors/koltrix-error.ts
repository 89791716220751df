/**
 * The base of everything this package throws of its own. An abort is not among it: as with `fetch`, an aborted call
 * rejects with the signal's own reason.
 */
export class KoltrixError extends Error {
  override get name(): string {
    return 'KoltrixError';
  }
}

/**
 * Also of a class that another copy of this package has: two versions in one application, or its ES module and its
 * CommonJS build in one bundle. `instanceof` knows its own copy alone.
 */
export function isA<T extends KoltrixError>(error: unknown, { prototype }: { prototype: T }): error is T {
  const names: unknown[] = [];
  // With the error as receiver: a `DOMException` has a getter that takes no prototype for its own.
  for (let it = error; typeof it === 'object' && it; it = Object.getPrototypeOf(it))
    names.push(Reflect.get(it, 'name', error));
  return names.includes(KoltrixError.prototype.name) && names.includes(prototype.name);
}

export function isKoltrixError(error: unknown): error is KoltrixError {
  return isA(error, KoltrixError);
}
