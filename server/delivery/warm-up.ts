import type { Database } from '../store/database.ts';
import { countMessage, daysBefore, type SourceDay, uncountMessage } from '../store/source-usage.sql.ts';

/**
 * New addresses begin slowly: so many messages a day from one of our addresses to one receiver, more with each day on
 * which mail went. Counted in Postgres, for the cap is one for all workers and must outlive them.
 */
export interface WarmUp {
  /** Counts one message; undefined when the day's messages have gone. */
  take(source: string, receiver: string): Promise<Taken | undefined>;
  /** When there is room again for what waits: the next day (UTC), spread over an hour. */
  nextDay(): Date;
}

export interface Taken {
  /** The message did not go after all. */
  giveBack(): Promise<void>;
}

export interface WarmUpOptions {
  db: Database;
  /** Messages on the first day, the second, …; after the last there is no cap. Empty: no warm-up. */
  caps: readonly number[];
  now(): Date;
  random(): number;
}

const DAY_MS = 86_400_000;
const FREE: Taken = { giveBack: async () => {} };

export function createWarmUp({ db, caps, now, random }: WarmUpOptions): WarmUp {
  let today = '';
  /** The cap of each pair today; undefined when there is none. Emptied with each day. */
  const known = new Map<string, Promise<number | undefined>>();
  const full = new Set<string>();

  function capOf(key: string, day: SourceDay): Promise<number | undefined> {
    const remembered = known.get(key);
    if (remembered) return remembered;
    const asked = daysBefore(db, day).then((days) => caps[days]);
    known.set(key, asked);
    asked.catch(() => known.delete(key));
    return asked;
  }

  return {
    async take(source, receiver) {
      if (!caps.length) return FREE;
      const day = now().toISOString().slice(0, 10);
      if (day !== today) {
        today = day;
        known.clear();
        full.clear();
      }
      const key = `${source} ${receiver}`;
      if (full.has(key)) return undefined;
      const place = { source, receiver, day };
      const cap = await capOf(key, place);
      if (cap === undefined) return FREE;
      if (!(await countMessage(db, place, cap))) {
        full.add(key);
        return undefined;
      }
      return {
        async giveBack() {
          full.delete(key);
          await uncountMessage(db, place);
        },
      };
    },
    nextDay: () => new Date((Math.floor(now().getTime() / DAY_MS) + 1) * DAY_MS + random() * 3_600_000),
  };
}
