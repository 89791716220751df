import type { CreateWebhookData, CreateWebhookResponses } from '../../generated/types.gen.ts';
import { createEndpoint } from '../../webhooks/index.ts';
import { createOnce } from '../create-once.ts';
import type { Handler } from '../handler.ts';

export const createWebhook: Handler<CreateWebhookData, CreateWebhookResponses> = (context, { body }) => {
  const { deps, caller } = context;
  return createOnce(
    context,
    async (tx) => ({ status: 201, body: await createEndpoint(deps, tx, caller.tenant_id, body) }),
    { secret: true },
  );
};
