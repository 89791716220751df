import { invalid, type Refusal } from '../errors/refusal.ts';

/** A cursor is the last item's place in the order, made opaque; it carries no authority. */
export function writeCursor(place: string): string {
  return Buffer.from(place).toString('base64url');
}

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** The uuid of the last item of the page before. Throws `invalid-request` for anything that this server did not write. */
export function readCursor(cursor: string | undefined): string | undefined {
  return readPlace(cursor, (place) => UUID.test(place));
}

export function readPlace(cursor: string | undefined, isPlace: (place: string) => boolean): string | undefined {
  if (cursor === undefined) return undefined;
  const place = Buffer.from(cursor, 'base64url').toString();
  if (!isPlace(place)) throw badCursor();
  return place;
}

export function badCursor(): Refusal {
  return invalid({
    pointer: '?cursor',
    detail: 'is not a cursor of this list; pass the `next_cursor` of the page before',
  });
}

/** A page from rows that were selected with `limit + 1`: the extra row says that there are more. */
export function page<Row, Item>(
  rows: readonly Row[],
  limit: number,
  toItem: (row: Row) => Item,
  placeOf: (row: Row) => string,
): { data: Item[]; next_cursor: string | null } {
  const shown = rows.slice(0, limit);
  const last = shown.at(-1);
  return {
    data: shown.map(toItem),
    next_cursor: rows.length > limit && last !== undefined ? writeCursor(placeOf(last)) : null,
  };
}
