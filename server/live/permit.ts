import { isLiveKey } from '../store/api-keys.sql.ts';
import type { Queryable } from '../store/database.ts';
import type { Hints } from '../store/hints.ts';

/** The right to go on reading, of somebody who was let in some time ago. */
export interface Permit extends Disposable {
  /** Throws what the database throws while it is away. */
  holds(): Promise<boolean>;
}

/** When no hint comes, as without Redis between processes: as long as requests remember a key. */
const CHECK_MS = 5_000;

/** A request is let in once, but a stream may last for days; its key can be revoked meanwhile. */
export function permitOf(
  { db, hints }: { db: Queryable; hints: Pick<Hints, 'on'> },
  { tenant_id, api_key_id }: { tenant_id: string; api_key_id: string },
): Permit {
  let good_until_ms = 0;
  const forget = () => {
    good_until_ms = 0;
  };
  return {
    async holds() {
      const now_ms = performance.now();
      if (now_ms < good_until_ms) return true;
      // Before the answer: a hint that comes while the database is asked counts.
      good_until_ms = now_ms + CHECK_MS;
      const live = await isLiveKey(db, tenant_id, api_key_id).catch((error: unknown) => {
        forget();
        throw error;
      });
      if (!live) forget();
      return live;
    },
    [Symbol.dispose]: hints.on('keys', forget),
  };
}
