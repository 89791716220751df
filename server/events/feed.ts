import { invalid } from '../errors/refusal.ts';
import type { EventType } from '../generated/types.gen.ts';
import type { Queryable } from '../store/database.ts';
import { type EventRow, type Place, placeOf, readFeed, START } from '../store/events.sql.ts';
import { readId } from '../store/ids.ts';

export interface ReadEvents {
  types: readonly EventType[] | undefined;
  /** The id of the last event that the reader has, as shown; undefined for the log's start. */
  after: string | undefined;
  limit: number;
  /** Where `after` came from, for the fault when it names no event. */
  pointer: string;
}

/** A stretch of the tenant's log, in commit order. */
export async function readEvents(db: Queryable, tenant_id: string, options: ReadEvents): Promise<EventRow[]> {
  const after = options.after === undefined ? START : await placeAfter(db, tenant_id, options.after, options.pointer);
  const { rows } = await readFeed(db, { tenant_id, types: options.types ?? null, after, limit: options.limit });
  return rows;
}

/** The place of an event that a reader names, or the log's start; throws when this tenant has no such event. */
export async function placeAfter(db: Queryable, tenant_id: string, shown_id: string, pointer: string): Promise<Place> {
  const id = readId('evt', shown_id);
  if (id === START.id) return START;
  const place = id && (await placeOf(db, tenant_id, id));
  if (!place)
    throw invalid({ pointer, detail: 'names no event of this account; leave it out to start at the beginning' });
  return place;
}
