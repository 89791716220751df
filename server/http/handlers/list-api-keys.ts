import type { ListApiKeysData, ListApiKeysResponses } from '../../generated/types.gen.ts';
import { listKeys } from '../../store/api-keys.sql.ts';
import type { Handler } from '../handler.ts';
import { page, readCursor } from '../page.ts';
import { presentApiKey } from '../present-api-key.ts';

export const listApiKeys: Handler<ListApiKeysData, ListApiKeysResponses> = async ({ deps, caller }, { query }) => {
  const { limit = 25, cursor } = query;
  const rows = await listKeys(deps.db, caller.tenant_id, readCursor(cursor), limit + 1);
  return { status: 200, body: page(rows, limit, presentApiKey, (row) => row.id) };
};
