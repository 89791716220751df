import type { ListSuppressionsData, ListSuppressionsResponses } from '../../generated/types.gen.ts';
import { listSuppressions as listRows } from '../../store/suppressions.sql.ts';
import type { Handler } from '../handler.ts';
import { page, readPlace } from '../page.ts';
import { presentSuppression } from '../present-suppression.ts';

const PLACE = /^\d+(\.\d+)? \S+$/;

export const listSuppressions: Handler<ListSuppressionsData, ListSuppressionsResponses> = async (
  { deps, caller },
  { query },
) => {
  const { limit = 25, cursor, reason } = query;
  const place = readPlace(cursor, (text) => PLACE.test(text))?.split(' ');
  const before = place && { created_at: place[0] as string, address: place[1] as string };
  const rows = await listRows(deps.db, caller.tenant_id, { reason, before, now: deps.now(), limit: limit + 1 });
  return { status: 200, body: page(rows, limit, presentSuppression, (row) => row.place) };
};
