import type { GetWebhookData, GetWebhookResponses } from '../../generated/types.gen.ts';
import { getEndpoint } from '../../webhooks/index.ts';
import type { Handler } from '../handler.ts';

export const getWebhook: Handler<GetWebhookData, GetWebhookResponses> = async ({ deps, caller }, { path }) => ({
  status: 200,
  body: await getEndpoint(deps, caller.tenant_id, path.webhook_id),
});
