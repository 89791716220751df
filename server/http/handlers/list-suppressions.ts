import type { ListSuppressionsData, ListSuppressionsResponses } from '../../generated/types.gen.ts';
import { listSuppressions as listRows } from '../../store/suppressions.sql.ts';
import type { Handler } from '../handler.ts';
import { page, readPlace } from '../page.ts';
import { presentSuppression } from '../present-suppression.ts';

/** Seconds, a topic or none, and an address, which may hold spaces in quotes. The bounds are what Postgres can hold. */
const PLACE = /^(\d{1,12}(?:\.\d{1,6})?) ([a-z0-9_-]{0,64}) ([^\0]+)$/;

export const listSuppressions: Handler<ListSuppressionsData, ListSuppressionsResponses> = async (
  { deps, caller },
  { query },
) => {
  const { limit = 25, cursor, reason } = query;
  const place = readPlace(cursor, (text) => PLACE.test(text))?.match(PLACE);
  const before = place
    ? { created_at: place[1] as string, topic: place[2] as string, address: place[3] as string }
    : undefined;
  const rows = await listRows(deps.db, caller.tenant_id, { reason, before, now: deps.now(), limit: limit + 1 });
  return { status: 200, body: page(rows, limit, presentSuppression, (row) => row.place) };
};
