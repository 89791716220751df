import type { ApiKey } from '../generated/types.gen.ts';
import type { ApiKeyRow } from '../store/api-keys.sql.ts';
import { showId } from '../store/ids.ts';

export function presentApiKey(row: Omit<ApiKeyRow, 'hash' | 'tenant_id'>): ApiKey {
  return {
    id: showId('key', row.id),
    name: row.name,
    scope: row.scope,
    prefix: row.prefix,
    created_at: row.created_at.toISOString(),
    last_used_at: row.last_used_at?.toISOString() ?? null,
    revoked_at: row.revoked_at?.toISOString() ?? null,
  };
}
