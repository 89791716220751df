import type { DeleteWebhookData, DeleteWebhookResponses } from '../../generated/types.gen.ts';
import { deleteEndpoint } from '../../webhooks/index.ts';
import type { Handler } from '../handler.ts';

export const deleteWebhook: Handler<DeleteWebhookData, DeleteWebhookResponses> = async ({ deps, caller }, { path }) => {
  await deleteEndpoint(deps, caller.tenant_id, path.webhook_id);
  return { status: 204 };
};
