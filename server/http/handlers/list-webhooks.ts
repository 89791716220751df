import type { ListWebhooksData, ListWebhooksResponses } from '../../generated/types.gen.ts';
import { listEndpoints, presentEndpoint } from '../../webhooks/index.ts';
import type { Handler } from '../handler.ts';
import { page, readCursor } from '../page.ts';

export const listWebhooks: Handler<ListWebhooksData, ListWebhooksResponses> = async ({ deps, caller }, { query }) => {
  const { limit = 25, cursor } = query;
  const rows = await listEndpoints(deps, caller.tenant_id, readCursor(cursor), limit + 1);
  return { status: 200, body: page(rows, limit, presentEndpoint, (row) => row.id) };
};
