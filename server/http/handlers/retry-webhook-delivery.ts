import type { RetryWebhookDeliveryData, RetryWebhookDeliveryResponses } from '../../generated/types.gen.ts';
import { retryDelivery } from '../../webhooks/index.ts';
import type { Handler } from '../handler.ts';

export const retryWebhookDelivery: Handler<RetryWebhookDeliveryData, RetryWebhookDeliveryResponses> = async (
  { deps, caller },
  { path },
) => ({ status: 202, body: await retryDelivery(deps, caller.tenant_id, path.webhook_id, path.delivery_id) });
