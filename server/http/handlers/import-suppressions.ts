import type { ImportSuppressionsData, ImportSuppressionsResponses } from '../../generated/types.gen.ts';
import { importSuppressions as importRows } from '../../store/suppressions.sql.ts';
import type { Handler } from '../handler.ts';
import { readSuppressionsCsv } from '../suppressions-csv/read.ts';

const CHUNK = 2_000;
const MAX_FAULTS = 100;

/** POST /suppressions/import. In statements of their own: one long transaction would hold up delivery and the event log. */
export const importSuppressions: Handler<
  Omit<ImportSuppressionsData, 'body'> & { body: Uint8Array },
  ImportSuppressionsResponses
> = async ({ deps, caller }, { body }) => {
  const now = deps.now();
  const { suppressions, repeated, faults } = await readSuppressionsCsv(body, now);
  let imported = 0;
  for (let at = 0; at < suppressions.length; at += CHUNK) {
    imported += await importRows(deps.db, caller.tenant_id, suppressions.slice(at, at + CHUNK), now);
  }
  const unchanged = suppressions.length - imported + repeated;
  return { status: 200, body: { imported, unchanged, failed: faults.length, faults: faults.slice(0, MAX_FAULTS) } };
};
