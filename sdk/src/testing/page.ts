import { invalid, type Refusal } from './problem.ts';

interface PageQuery {
  limit?: number;
  cursor?: string;
}

const ID = /^[a-z]+_[0-7][0-9a-hjkmnp-tv-z]{25}$/;

/** A page of things that have ids, newest first. */
export function newestFirst<Item extends { id: string }>(
  items: readonly Item[],
  { limit = 25, cursor }: PageQuery,
): { data: Item[]; next_cursor: string | null } {
  const before = readCursor(cursor, ID);
  return page(
    items.toReversed().filter((item) => before === undefined || item.id < before),
    limit,
    (item) => item.id,
  );
}

/** The first items; `placeOf` says what the cursor behind an item holds. */
export function page<Item>(
  items: readonly Item[],
  limit: number,
  placeOf: (item: Item) => string,
): { data: Item[]; next_cursor: string | null } {
  const data = items.slice(0, limit);
  const last = data.at(-1);
  return { data, next_cursor: items.length > limit && last !== undefined ? writeCursor(placeOf(last)) : null };
}

/** A cursor is the last item's place in the order, made opaque. */
function writeCursor(place: string): string {
  const text = btoa(String.fromCharCode(...new TextEncoder().encode(place)));
  return text.replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');
}

/** What a cursor holds; refuses one that no page gave. */
export function readCursor(cursor: string | undefined, form: RegExp): string | undefined {
  if (cursor === undefined) return undefined;
  let place = '';
  try {
    const bytes = atob(cursor.replaceAll('-', '+').replaceAll('_', '/'));
    place = new TextDecoder().decode(Uint8Array.from(bytes, (character) => character.charCodeAt(0)));
  } catch {
    // Not base64: it stays empty, which no form takes.
  }
  if (!form.test(place)) throw badCursor();
  return place;
}

export function badCursor(): Refusal {
  return invalid({
    pointer: '?cursor',
    detail: 'is not a cursor of this list; pass the `next_cursor` of the page before',
  });
}
