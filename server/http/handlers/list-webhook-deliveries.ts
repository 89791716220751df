import type { ListWebhookDeliveriesData, ListWebhookDeliveriesResponses } from '../../generated/types.gen.ts';
import { listDeliveries, presentDelivery } from '../../webhooks/index.ts';
import type { Handler } from '../handler.ts';
import { page, readCursor } from '../page.ts';

export const listWebhookDeliveries: Handler<ListWebhookDeliveriesData, ListWebhookDeliveriesResponses> = async (
  { deps, caller },
  { path, query },
) => {
  const { limit = 25, cursor, state } = query;
  const before = readCursor(cursor);
  const rows = await listDeliveries(deps, caller.tenant_id, path.webhook_id, { state, before, limit: limit + 1 });
  return { status: 200, body: page(rows, limit, presentDelivery, (row) => row.id) };
};
