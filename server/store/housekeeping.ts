import { purgeCaptured } from './captured-messages.sql.ts';
import type { Queryable } from './database.ts';
import { purgeExpiredKeys } from './idempotency-keys.sql.ts';
import type { Log } from './log.ts';

const EVERY_MS = 10 * 60_000;
const CAPTURED_DAYS = 7;
const CHUNK = 5_000;

/** Deletes what has had its time: expired idempotency keys, captured mail after a week. Any number of workers may. */
export function startHousekeeping(deps: { db: Queryable; log: Log; now(): Date }): AsyncDisposable {
  const { db, log, now } = deps;
  const clean = async () => {
    try {
      while ((await purgeExpiredKeys(db, now(), CHUNK)) === CHUNK);
      await purgeCaptured(db, new Date(now().getTime() - CAPTURED_DAYS * 86_400_000));
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
