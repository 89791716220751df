import type { TestWebhookData, TestWebhookResponses } from '../../generated/types.gen.ts';
import { sendTest } from '../../webhooks/index.ts';
import { createOnce } from '../create-once.ts';
import type { Handler } from '../handler.ts';

export const testWebhook: Handler<TestWebhookData, TestWebhookResponses> = async (context, { path, body }) => {
  const { deps, caller } = context;
  const type = body?.type ?? 'email.delivered';
  const reply = await createOnce(context, async (tx) => ({
    status: 202 as const,
    body: await sendTest(deps, tx, caller.tenant_id, path.webhook_id, type),
  }));
  deps.hints.give('webhooks');
  return reply;
};
