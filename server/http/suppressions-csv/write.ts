import { stringify } from 'csv-stringify/sync';
import type { Queryable } from '../../store/database.ts';
import { exportSuppressions, type SuppressionRow } from '../../store/suppressions.sql.ts';
import { presentSuppression } from '../present-suppression.ts';
import { defuse } from './formula.ts';

const COLUMNS = ['address', 'topic', 'reason', 'expires_at', 'created_at', 'source_message_id', 'diagnostic'] as const;
const PAGE = 1_000;

/** All of a tenant's suppressions as CSV (RFC 4180), by address, a page at a time. */
export async function* suppressionsAsCsv(
  { db, now }: { db: Queryable; now(): Date },
  tenant_id: string,
): AsyncGenerator<string> {
  let rows: SuppressionRow[] = await exportSuppressions(db, tenant_id, { address: '', topic: '' }, now(), PAGE);
  yield lines([[...COLUMNS]]);
  while (rows.length) {
    yield lines(rows.map(cellsOf));
    const last = rows.at(-1);
    rows = !last || rows.length < PAGE ? [] : await exportSuppressions(db, tenant_id, last, now(), PAGE);
  }
}

function cellsOf(row: SuppressionRow): string[] {
  const shown = presentSuppression(row);
  return COLUMNS.map((column) => defuse(shown[column] ?? ''));
}

function lines(records: string[][]): string {
  return stringify(records, { record_delimiter: '\r\n' });
}
