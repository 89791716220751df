import { invalid } from '../../errors/refusal.ts';
import type { CreateSuppressionData, CreateSuppressionResponses } from '../../generated/types.gen.ts';
import { canonicalAddress } from '../../mail/address.ts';
import { putSuppression } from '../../store/suppressions.sql.ts';
import { createOnce } from '../create-once.ts';
import type { Handler } from '../handler.ts';
import { presentSuppression } from '../present-suppression.ts';

export const createSuppression: Handler<CreateSuppressionData, CreateSuppressionResponses> = async (
  context,
  { body },
) => {
  const now = context.deps.now();
  const expires_at = body.expires_at ? new Date(body.expires_at) : null;
  if (expires_at && expires_at <= now) throw invalid({ pointer: '/expires_at', detail: 'must lie in the future' });
  const row = {
    address: canonicalAddress(body.address),
    topic: body.topic ?? '',
    reason: body.reason ?? 'manual',
    source_message_id: null,
    diagnostic: null,
    created_at: now,
    expires_at,
  };
  return createOnce(context, async (tx) => {
    await putSuppression(tx, context.caller.tenant_id, row);
    return { status: 201, body: presentSuppression(row) };
  });
};
