import { MAX_RECIPIENTS } from '../../accept/index.ts';
import { notFound } from '../../errors/refusal.ts';
import type { GetAccountData, GetAccountResponses } from '../../generated/types.gen.ts';
import { showId } from '../../store/ids.ts';
import { findTenant } from '../../store/tenants.sql.ts';
import { MAX_REQUEST_BYTES } from '../body.ts';
import type { Handler } from '../handler.ts';

const MAX_BATCH = 500;

export const getAccount: Handler<GetAccountData, GetAccountResponses> = async ({ deps, caller }) => {
  const tenant = await findTenant(deps.db, caller.tenant_id);
  if (!tenant) throw notFound('account');
  return {
    status: 200,
    body: {
      id: showId('ten', tenant.id),
      name: tenant.name,
      created_at: tenant.created_at.toISOString(),
      api_key_id: showId('key', caller.api_key_id),
      scope: caller.scope,
      delivery_mode: deps.delivery_mode,
      limits: {
        requests: deps.rateLimit.requests,
        window_seconds: deps.rateLimit.window_s,
        recipients_per_email: MAX_RECIPIENTS,
        emails_per_batch: MAX_BATCH,
        request_bytes: MAX_REQUEST_BYTES,
      },
    },
  };
};
