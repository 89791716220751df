import type { Database } from '../store/database.ts';
import { type GroupCommit, groupCommit } from '../store/group-commit.ts';
import { postponeLeases } from '../store/outbound-leases.sql.ts';
import { outlast } from '../store/outlast.ts';
import { type Settled, type Settlement, settle } from '../store/settlements.sql.ts';
import { suppressRepeatedSoft } from '../store/suppressions.sql.ts';
import type { Postponement } from './attempt.ts';

interface SettlingDeps {
  db: Database;
  worker: string;
  lease_s: number;
  now(): Date;
}

/** Settles attempts in groups. */
export function createSettle({ db, lease_s, now }: SettlingDeps): GroupCommit<Settlement, Settled> {
  return groupCommit({
    limit: 200,
    lanes: 2,
    // The other server has the message: a result that is dropped because Postgres restarts would send it twice.
    write: async (batch) => {
      const settled = await outlast(() => settleAll(db, batch, now()), lease_s * 1_000);
      return settled.map((result) => ({ result }));
    },
  });
}

/** Only a soft bounce asks for a look at what was before it, and so for more than one statement. */
function settleAll(db: Database, batch: Settlement[], now: Date): Promise<Settled[]> {
  const soft = batch.filter(({ suppression }) => suppression?.reason === 'soft').map((s) => s.message_id);
  if (!soft.length) return settle(db, batch, now);
  return db.transaction(async (tx) => {
    const settled = await settle(tx, batch, now);
    await suppressRepeatedSoft(tx, soft, now);
    return settled;
  });
}

/** Puts off in groups what could not be tried. */
export function createPostpone({ db, worker }: SettlingDeps): GroupCommit<Postponement, void> {
  return groupCommit({
    limit: 500,
    lanes: 1,
    write: async (batch) => {
      await postponeLeases(db, worker, batch);
      return batch.map(() => ({ result: undefined }));
    },
  });
}
