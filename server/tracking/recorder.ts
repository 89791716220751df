import { setTimeout as sleep } from 'node:timers/promises';
import type { Database } from '../store/database.ts';
import { groupCommit } from '../store/group-commit.ts';
import type { Hints } from '../store/hints.ts';
import type { Log } from '../store/log.ts';
import { outlast } from '../store/outlast.ts';
import { recordVisits, type VisitRow } from '../store/visits.sql.ts';

/** A visitor waits no longer than this for his visit to be written. */
const PATIENCE_MS = 1_000;
/** How long the database may be away before visits are given up, and how many may wait for it. */
const OUTAGE_MS = 10 * 60_000;
const MAX_WAITING = 50_000;
/** At the end, what is still under way gets this long. */
const LAST_MS = 2_000;

export interface Recorder extends AsyncDisposable {
  /** Resolves when it is written, or after a second; the visit is written all the same as soon as the database is back. */
  record(visit: VisitRow): Promise<void>;
}

export function createRecorder({
  db,
  hints,
  log,
  now,
}: {
  db: Database;
  hints: Pick<Hints, 'give'>;
  log: Log;
  now(): Date;
}): Recorder {
  const waiting = new Set<Promise<void>>();
  const stopping = new AbortController();
  const write = groupCommit<VisitRow, void>({
    limit: 500,
    lanes: 1,
    async write(visits) {
      // One message's rows in one order, so that two processes do not wait for each other in a circle.
      const ordered = visits.toSorted((a, b) => (a.message_id < b.message_id ? -1 : 1));
      const tenants = await outlast(() => recordVisits(db, ordered, now()), stopping.signal.aborted ? 0 : OUTAGE_MS);
      for (const { tenant_id, webhooks } of tenants) {
        hints.give(`events:${tenant_id}`);
        if (webhooks) hints.give('webhooks');
      }
      return visits.map(() => ({ result: undefined }));
    },
  });

  return {
    async record(visit) {
      if (waiting.size >= MAX_WAITING) return;
      const written = write(visit).catch((error: unknown) => {
        log.warn({ err: error, message_id: visit.message_id, type: visit.type }, 'tracking: a visit is lost');
      });
      waiting.add(written);
      void written.finally(() => waiting.delete(written));
      await Promise.race([written, sleep(PATIENCE_MS, undefined, { ref: false })]);
    },
    async [Symbol.asyncDispose]() {
      stopping.abort();
      await Promise.race([Promise.all(waiting), sleep(LAST_MS, undefined, { ref: false })]);
    },
  };
}
