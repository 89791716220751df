import { randomFillSync } from 'node:crypto';
import { toUUID } from 'typeid-js';
import { V7Generator } from 'uuidv7';
import { base32, uuidText } from './id-text.ts';

/** Ids are TypeIDs: stored as `uuid`, shown with a prefix. They sort by time, and by order of making within a process. */
export type IdPrefix = 'em' | 'msg' | 'evt' | 'wh' | 'whd' | 'key' | 'ten' | 'tm' | 'req' | 'dom' | 'rep';

const pool = new Uint32Array(1024);
let next = pool.length;

/** Random bits by the page: asking the system for each id would cost more than the id itself. */
function nextUint32(): number {
  if (next === pool.length) {
    randomFillSync(pool);
    next = 0;
  }
  return pool[next++] as number;
}

const generator = new V7Generator({ nextUint32 });

/** A new UUIDv7. */
export function newId(): string {
  return uuidText(generator.generate().bytes);
}

/** The uuid of the database, as callers see it: what typeid-js writes, which it checks at four times the cost. */
export function showId(prefix: IdPrefix, uuid: string): string {
  return `${prefix}_${base32(uuid)}`;
}

/** 26 digits of base 32 hold 130 bits: a first digit above 7 would be another spelling of the same uuid. */
const DIGITS = /^[0-7][0-9a-hjkmnp-tv-z]{25}$/;

/** The uuid of a shown id, or undefined when it is none of that prefix. */
export function readId(prefix: IdPrefix, id: string): string | undefined {
  return id.startsWith(`${prefix}_`) && DIGITS.test(id.slice(prefix.length + 1)) ? toUUID(id as never) : undefined;
}

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** A uuid as the database writes it; undefined for any other text. */
export function readUuid(text: string): string | undefined {
  return UUID.test(text) ? text.toLowerCase() : undefined;
}
