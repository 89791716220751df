import { purgeCaptured } from './captured-messages.sql.ts';
import type { Queryable } from './database.ts';
import { purgeExpiredKeys } from './idempotency-keys.sql.ts';
import type { Log } from './log.ts';
import { purgeReports } from './reports.sql.ts';
import { purgeDeliveries } from './webhook-attempts.sql.ts';

const EVERY_MS = 10 * 60_000;
const CAPTURED_DAYS = 7;
const DELIVERY_DAYS = 30;
const REPORT_DAYS = 90;
const CHUNK = 5_000;

/**
 * Deletes what has had its time: expired idempotency keys, captured mail after a week, webhook deliveries after a month,
 * reports after 90 days. Any number of workers may. Disposing waits for the statement under way.
 */
export function startHousekeeping(deps: { db: Queryable; log: Log; now(): Date }): AsyncDisposable {
  const { db, log, now } = deps;
  let stopping = false;
  const daysAgo = (days: number) => new Date(now().getTime() - days * 86_400_000);
  /** A chunk at a time, so that no statement runs long. */
  const purge = async (chunk: () => Promise<number>) => {
    while (!stopping && (await chunk()) === CHUNK);
  };
  const clean = async () => {
    try {
      await purge(() => purgeExpiredKeys(db, now(), CHUNK));
      await purge(() => purgeDeliveries(db, daysAgo(DELIVERY_DAYS), CHUNK));
      await purge(() => purgeReports(db, daysAgo(REPORT_DAYS), CHUNK));
      await purgeCaptured(db, daysAgo(CAPTURED_DAYS));
    } catch (error) {
      if (!stopping) log.warn({ err: error }, 'housekeeping: will try again');
    }
  };
  let cleaning = clean();
  const timer = setInterval(() => {
    cleaning = cleaning.then(clean);
  }, EVERY_MS);
  return {
    async [Symbol.asyncDispose]() {
      clearInterval(timer);
      stopping = true;
      await cleaning;
    },
  };
}
