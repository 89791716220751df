import type { RotateWebhookSecretData, RotateWebhookSecretResponses } from '../../generated/types.gen.ts';
import { rotateSecret } from '../../webhooks/index.ts';
import { createOnce } from '../create-once.ts';
import type { Handler } from '../handler.ts';

export const rotateWebhookSecret: Handler<RotateWebhookSecretData, RotateWebhookSecretResponses> = (
  context,
  { path },
) => {
  const { deps, caller } = context;
  return createOnce(
    context,
    async (tx) => ({ status: 201, body: await rotateSecret(deps, tx, caller.tenant_id, path.webhook_id) }),
    { secret: true },
  );
};
