import { isInProgress } from '../../accept/index.ts';
import { Refusal } from '../../errors/refusal.ts';
import type { GetIdempotencyKeyData, GetIdempotencyKeyResponses, IdempotencyKey } from '../../generated/types.gen.ts';
import { findAnswer } from '../../store/idempotency-keys.sql.ts';
import { showId } from '../../store/ids.ts';
import type { Handler } from '../handler.ts';

export const getIdempotencyKey: Handler<GetIdempotencyKeyData, GetIdempotencyKeyResponses> = async (
  { deps, caller },
  { path: { key } },
) => {
  const stored = await findAnswer(deps.db, caller.tenant_id, key, deps.now());
  if (!stored) {
    if (!isInProgress(caller.tenant_id, key)) throw new Refusal('not-found', 'This key is unknown or has expired.');
    return { status: 200, body: { ...RUNNING, key } };
  }
  const email_ids = stored.email_ids.map((id) => showId('em', id));
  return {
    status: 200,
    body: {
      key,
      state: 'completed',
      operation: stored.operation,
      status: stored.status,
      email_id: email_ids[0] ?? null,
      email_ids,
      created_at: stored.created_at.toISOString(),
      expires_at: stored.expires_at.toISOString(),
    },
  };
};

const RUNNING: Omit<IdempotencyKey, 'key'> = {
  state: 'in_progress',
  operation: null,
  status: null,
  email_id: null,
  email_ids: [],
  created_at: null,
  expires_at: null,
};
