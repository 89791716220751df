import { placeAfter } from '../events/feed.ts';
import { presentEvent } from '../events/present.ts';
import type { EventType } from '../generated/types.gen.ts';
import type { Queryable } from '../store/database.ts';
import { hangDoorbell } from '../store/doorbell.ts';
import { type EventRow, latestPlace, type Place, readFeed, START } from '../store/events.sql.ts';
import type { Hints } from '../store/hints.ts';
import { showId } from '../store/ids.ts';
import { type Permit, permitOf } from './permit.ts';

export interface StreamDeps {
  db: Queryable;
  hints: Pick<Hints, 'on'>;
}

export interface StreamOptions {
  tenant_id: string;
  /** Whose reading it is; the stream ends when it is revoked. */
  api_key_id: string;
  types: readonly EventType[] | undefined;
  last_event_id: string | undefined;
  signal: AbortSignal;
}

/** Proxies drop connections that are silent for long. */
const HEARTBEAT_MS = 15_000;
/** When no hint comes, as without Redis between processes. */
const POLL_MS = 1_000;
/** When events are committed but lie beyond the horizon of running transactions: most of those end at once. */
const PENDING_MS = 20;
/** When the database is away. */
const AWAY_MS = 500;
const STRETCH = 200;

/** Server-sent events from the log: from the present, or behind an event, with nothing skipped or doubled. */
export async function openEventStream(deps: StreamDeps, options: StreamOptions): Promise<AsyncIterable<string>> {
  const { tenant_id, last_event_id } = options;
  const start =
    last_event_id === undefined
      ? await latestPlace(deps.db, tenant_id)
      : await placeAfter(deps.db, tenant_id, last_event_id, 'Last-Event-ID:');
  return follow(deps, options, start);
}

/** Hints only say when to look; what is sent is always read from the log, behind the last place. */
async function* follow(
  { db, hints }: StreamDeps,
  options: StreamOptions,
  start: Place | undefined,
): AsyncGenerator<string> {
  const { tenant_id, signal } = options;
  using doorbell = hangDoorbell(hints, `events:${tenant_id}`);
  using permit = permitOf({ db, hints }, options);
  let place = start ?? START;
  let silent_since_ms = Date.now();
  let pending_since_ms: number | undefined;
  // An id without data: who loses the connection before the first event still knows where to resume, be it at the start.
  yield `: connected\nretry: 1000\nid: ${showId('evt', place.id)}\n\n`;
  while (!signal.aborted) {
    const stretch = await readStretch(db, permit, options, place);
    if (!stretch) return;
    for (const row of stretch.rows) yield asServerSentEvent(row);
    place = stretch.rows.at(-1) ?? place;
    if (stretch.rows.length) silent_since_ms = Date.now();
    if (stretch.rows.length === STRETCH) continue;
    if (!stretch.pending || stretch.rows.length) pending_since_ms = undefined;
    if (stretch.pending) pending_since_ms ??= Date.now();
    await doorbell.wait(signal, waitFor(stretch, pending_since_ms));
    if (Date.now() - silent_since_ms >= HEARTBEAT_MS) {
      silent_since_ms = Date.now();
      yield ': heartbeat\n\n';
    }
  }
}

interface Stretch {
  rows: (EventRow & Place)[];
  /** There are more, which cannot be read yet. */
  pending: boolean;
  /** The log could not be read; the reader keeps its place and its connection. */
  is_away: boolean;
}

/** Undefined when it may not be read any more. */
async function readStretch(
  db: Queryable,
  permit: Permit,
  { tenant_id, types }: StreamOptions,
  after: Place,
): Promise<Stretch | undefined> {
  try {
    if (!(await permit.holds())) return undefined;
    const { rows, pending } = await readFeed(db, { tenant_id, types: types ?? null, after, limit: STRETCH });
    return { rows, pending, is_away: false };
  } catch {
    return { rows: [], pending: false, is_away: true };
  }
}

/** A transaction that goes on for long makes an event later by a tenth of that at most, and costs few looks meanwhile. */
function waitFor({ pending, is_away }: Stretch, pending_since_ms = 0): number {
  if (is_away) return AWAY_MS;
  return pending ? Math.min(Math.max(PENDING_MS, (Date.now() - pending_since_ms) / 10), POLL_MS) : POLL_MS;
}

function asServerSentEvent(row: EventRow): string {
  const event = presentEvent(row);
  return `id: ${event.id}\nevent: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`;
}
