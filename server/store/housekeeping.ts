import { purgeCaptured } from './captured-messages.sql.ts';
import type { Queryable } from './database.ts';
import { purgeExpiredKeys } from './idempotency-keys.sql.ts';
import type { Log } from './log.ts';
import { purgeReports } from './reports.sql.ts';

const EVERY_MS = 10 * 60_000;
const CAPTURED_DAYS = 7;
const REPORT_DAYS = 90;
const DAY_MS = 86_400_000;
const CHUNK = 5_000;

/** Deletes what has had its time: expired idempotency keys, captured mail after a week, reports after 90 days. Any number of workers may. */
export function startHousekeeping(deps: { db: Queryable; log: Log; now(): Date }): AsyncDisposable {
  const { db, log, now } = deps;
  const clean = async () => {
    try {
      while ((await purgeExpiredKeys(db, now(), CHUNK)) === CHUNK);
      await purgeCaptured(db, new Date(now().getTime() - CAPTURED_DAYS * DAY_MS));
      while ((await purgeReports(db, new Date(now().getTime() - REPORT_DAYS * DAY_MS), CHUNK)) === CHUNK);
    } catch (error) {
      log.warn({ err: error }, 'housekeeping: will try again');
    }
  };
  const timer = setInterval(clean, EVERY_MS);
  void clean();
  return {
    async [Symbol.asyncDispose]() {
      clearInterval(timer);
    },
  };
}
