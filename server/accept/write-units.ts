import { commitUnits } from '../store/accept.sql.ts';
import { copyUnits } from '../store/accept-copy.sql.ts';
import type { CommitOutcome, Unit } from '../store/accept-unit.ts';
import type { Database } from '../store/database.ts';

/**
 * Writes a batch in the hope that all keys are new and nobody is suppressed, for then its rows can simply be copied. When
 * that hope fails the batch is written by the statement that decides for each unit; `spec/decisions/group-commit.md`.
 */
export async function writeUnits(db: Database, units: Unit[], now: Date): Promise<CommitOutcome[]> {
  const copied = await copyUnits(db, units, now);
  if (copied) return units.map(() => ({ kind: 'committed', webhooks: copied.webhooks }));
  return commitUnits(db, units, now);
}
