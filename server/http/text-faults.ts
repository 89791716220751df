import type { Request } from 'express';
import type { Fault } from '../generated/types.gen.ts';

/** Strings anywhere in a JSON value that no text store and no mail can hold, each with its pointer. */
export function textFaults(value: unknown, pointer = ''): Fault[] {
  if (typeof value === 'string') {
    if (value.includes('\0')) return [{ pointer, detail: 'must not hold a NUL character' }];
    return value.isWellFormed() ? [] : [{ pointer, detail: 'must not hold half of a surrogate pair' }];
  }
  if (Array.isArray(value)) return value.flatMap((item, i) => textFaults(item, `${pointer}/${i}`));
  if (value && typeof value === 'object') {
    return Object.entries(value).flatMap(([name, item]) => {
      const place = `${pointer}/${name.replaceAll('~', '~0').replaceAll('/', '~1')}`;
      return [...textFaults(name, place), ...textFaults(item, place)];
    });
  }
  return [];
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
