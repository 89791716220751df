import type { Scope } from '../generated/types.gen.ts';
import type { Queryable } from './database.ts';

export interface ApiKeyRow {
  id: string;
  tenant_id: string;
  name: string;
  scope: Scope;
  hash: Buffer;
  prefix: string;
  created_at: Date;
  last_used_at: Date | null;
  revoked_at: Date | null;
}

/** The live key with that SHA-256. */
export async function findKey(
  db: Queryable,
  hash: Buffer,
): Promise<Pick<ApiKeyRow, 'id' | 'tenant_id' | 'scope' | 'hash'> | undefined> {
  const { rows } = await db.query<ApiKeyRow>({
    name: 'api_keys.find_key',
    text: 'select id, tenant_id, scope, hash from api_keys where hash = $1 and revoked_at is null',
    values: [hash],
  });
  return rows[0];
}

/** Whether that key of the tenant has not been revoked. */
export async function isLiveKey(db: Queryable, tenant_id: string, id: string): Promise<boolean> {
  const { rowCount } = await db.query({
    name: 'api_keys.is_live_key',
    text: 'select from api_keys where tenant_id = $1 and id = $2 and revoked_at is null',
    values: [tenant_id, id],
  });
  return rowCount === 1;
}

/** Notes the use of a key, to the minute. */
export async function touchKey(db: Queryable, id: string, now: Date): Promise<void> {
  await db.query({
    name: 'api_keys.touch_key',
    text: `
      update api_keys set last_used_at = $2
       where id = $1 and (last_used_at is null or last_used_at < $2::timestamptz - interval '1 minute')`,
    values: [id, now],
  });
}

export async function insertKey(db: Queryable, key: Omit<ApiKeyRow, 'last_used_at' | 'revoked_at'>): Promise<void> {
  await db.query({
    name: 'api_keys.insert_key',
    text: `
      insert into api_keys (id, tenant_id, name, scope, hash, prefix, created_at)
      values ($1, $2, $3, $4, $5, $6, $7)`,
    values: [key.id, key.tenant_id, key.name, key.scope, key.hash, key.prefix, key.created_at],
  });
}

/** Newest first; `before` is the last id of the page before. */
export async function listKeys(
  db: Queryable,
  tenant_id: string,
  before: string | undefined,
  limit: number,
): Promise<ApiKeyRow[]> {
  const { rows } = await db.query<ApiKeyRow>({
    name: 'api_keys.list_keys',
    text: `
      select * from api_keys
       where tenant_id = $1 and ($2::uuid is null or id < $2)
       order by id desc limit $3`,
    values: [tenant_id, before, limit],
  });
  return rows;
}

/** False when the tenant has no such key; revoking twice is no error. */
export async function revokeKey(db: Queryable, tenant_id: string, id: string, now: Date): Promise<boolean> {
  const { rowCount } = await db.query({
    name: 'api_keys.revoke_key',
    text: 'update api_keys set revoked_at = coalesce(revoked_at, $3) where tenant_id = $1 and id = $2',
    values: [tenant_id, id, now],
  });
  return rowCount === 1;
}
