import { insertCaptured, type NewCaptured, readAttempts } from '../store/captured-messages.sql.ts';
import type { Queryable } from '../store/database.ts';
import { type GroupCommit, groupCommit } from '../store/group-commit.ts';
import type { Hints } from '../store/hints.ts';
import { outlast } from '../store/outlast.ts';

/** The inbox's side towards the database: both calls go there in groups. */
export interface Keeper {
  /** Resolves after the commit; false: there is no such outbound message, and nothing was kept. */
  keep: GroupCommit<NewCaptured, boolean>;
  /** The number of the conversation that the outbound message is in, from 1; undefined when there is no such message. */
  attemptOf: GroupCommit<string, number | undefined>;
}

const BATCH_LIMIT = 500;
const BATCH_LIMIT_BYTES = 8 * 1024 * 1024;
const KEEP_LANES = 2;
/** A restart of Postgres is waited for; after a longer absence the message comes again. */
const PATIENCE_MS = 5_000;

export function createKeeper({ db, hints }: { db: Queryable; hints: Pick<Hints, 'give'> }): Keeper {
  return {
    keep: groupCommit({
      async write(items) {
        const kept = await outlast(() => insertCaptured(db, items), PATIENCE_MS);
        for (const tenant_id of new Set(kept.map((row) => row.tenant_id))) hints.give(`captured:${tenant_id}`);
        const ids = new Set(kept.map(({ id }) => id));
        return items.map(({ id }) => ({ result: ids.has(id) }));
      },
      limit: BATCH_LIMIT,
      limit_bytes: BATCH_LIMIT_BYTES,
      size_bytes: ({ source }) => source.length,
      lanes: KEEP_LANES,
    }),
    attemptOf: groupCommit({
      async write(message_ids) {
        const read = await outlast(() => readAttempts(db, message_ids), PATIENCE_MS);
        const attempts = new Map(read.map(({ id, attempt }) => [id, attempt]));
        return message_ids.map((id) => ({ result: attempts.get(id) }));
      },
      limit: BATCH_LIMIT,
      lanes: 1,
    }),
  };
}
