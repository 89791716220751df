import type { UpdateWebhookData, UpdateWebhookResponses } from '../../generated/types.gen.ts';
import { updateEndpoint } from '../../webhooks/index.ts';
import type { Handler } from '../handler.ts';

export const updateWebhook: Handler<UpdateWebhookData, UpdateWebhookResponses> = async (
  { deps, caller },
  { path, body },
) => ({ status: 200, body: await updateEndpoint(deps, caller.tenant_id, path.webhook_id, body) });
