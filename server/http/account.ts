import { MAX_RECIPIENTS } from '../accept/index.ts';
import { notFound } from '../errors/refusal.ts';
import type { Account } from '../generated/types.gen.ts';
import { showId } from '../store/ids.ts';
import { findTenant } from '../store/tenants.sql.ts';
import { MAX_REQUEST_BYTES } from './body.ts';
import type { Context } from './handler.ts';

const MAX_BATCH = 500;

/** The caller's account as it is now. */
export async function accountOf({ deps, caller }: Context): Promise<Account> {
  const tenant = await findTenant(deps.db, caller.tenant_id);
  if (!tenant) throw notFound('account');
  return {
    id: showId('ten', tenant.id),
    name: tenant.name,
    created_at: tenant.created_at.toISOString(),
    api_key_id: showId('key', caller.api_key_id),
    scope: caller.scope,
    delivery_mode: deps.delivery_mode,
    track_opens: tenant.track_opens,
    track_clicks: tenant.track_clicks,
    limits: {
      requests: deps.rateLimit.requests,
      window_seconds: deps.rateLimit.window_s,
      recipients_per_email: MAX_RECIPIENTS,
      emails_per_batch: MAX_BATCH,
      request_bytes: MAX_REQUEST_BYTES,
    },
  };
}
