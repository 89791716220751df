import type { Request } from 'express';
import type { Fault } from '../generated/types.gen.ts';

/** More of them would tell nobody more, and a body can hold millions. */
const MAX_FAULTS = 50;
/** Far beyond what any field may hold; without an end, nesting would exhaust the stack. */
const MAX_DEPTH = 64;

/** Strings anywhere in a JSON value that no text store and no mail can hold, each with its pointer; the first 50. */
export function textFaults(value: unknown, pointer = ''): Fault[] {
  return faultsIn(value, pointer, 0).take(MAX_FAULTS).toArray();
}

function* faultsIn(value: unknown, pointer: string, depth: number): Generator<Fault> {
  if (typeof value === 'string') {
    if (value.includes('\0')) yield { pointer, detail: 'must not hold a NUL character' };
    else if (!value.isWellFormed()) yield { pointer, detail: 'must not hold half of a surrogate pair' };
  } else if (typeof value === 'object' && value !== null) {
    if (depth === MAX_DEPTH) return yield { pointer, detail: `is nested more than ${MAX_DEPTH} levels deep` };
    for (const [name, item] of Object.entries(value)) {
      const place = `${pointer}/${name.replaceAll('~', '~0').replaceAll('/', '~1')}`;
      yield* faultsIn(name, place, depth + 1);
      yield* faultsIn(item, place, depth + 1);
    }
  }
}

/** The same for a URL's parameters; all that can be wrong with decoded ones is a NUL, which came in as `%00`. */
export function urlFaults({ originalUrl, params, query }: Pick<Request, 'originalUrl' | 'params' | 'query'>): Fault[] {
  if (!originalUrl.includes('%00')) return [];
  const places = [
    ...Object.entries(params).map(([name, value]) => ({ pointer: `{${name}}`, value })),
    ...Object.entries(query).map(([name, value]) => ({ pointer: `?${name}`, value })),
  ];
  return places.flatMap(({ pointer, value }) => textFaults(value, pointer));
}
