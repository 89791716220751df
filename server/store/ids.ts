import { fromUUID, toUUID } from 'typeid-js';
import { uuidv7 } from 'uuidv7';

/** Ids are TypeIDs: stored as `uuid`, shown with a prefix. They sort by time, and by order of making within a process. */
export type IdPrefix = 'em' | 'msg' | 'evt' | 'wh' | 'whd' | 'key' | 'ten' | 'tm' | 'req';

/** A new UUIDv7. */
export const newId = uuidv7;

/** The uuid of the database, as callers see it. */
export function showId(prefix: IdPrefix, uuid: string): string {
  return fromUUID(uuid, prefix);
}

/** The uuid of a shown id, or undefined when it is none of that prefix. */
export function readId(prefix: IdPrefix, id: string): string | undefined {
  try {
    return id.startsWith(`${prefix}_`) ? toUUID(id as never) : undefined;
  } catch {
    return undefined;
  }
}
