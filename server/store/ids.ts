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
  // 26 digits of base 32 hold 130 bits: a first digit above 7 would be another spelling of the same uuid.
  if (!id.startsWith(`${prefix}_`) || !/_[0-7]\w{25}$/.test(id)) return undefined;
  try {
    return toUUID(id as never);
  } catch {
    return undefined;
  }
}
