import type { EventType, WebhookDisabledReason, WebhookState } from '../generated/types.gen.ts';
import type { Queryable } from './database.ts';

/** A webhook endpoint without its secrets. */
export interface EndpointRow {
  id: string;
  url: string;
  description: string | null;
  event_types: EventType[] | null;
  state: WebhookState;
  disabled_reason: WebhookDisabledReason | null;
  disabled_at: Date | null;
  failing_since: Date | null;
  last_failure: string | null;
  created_at: Date;
  updated_at: Date;
}

const COLUMNS = `id, url, description, event_types, state, disabled_reason, disabled_at, failing_since, last_failure,
  created_at, updated_at`;

export interface NewEndpoint {
  id: string;
  tenant_id: string;
  url: string;
  description: string | null;
  event_types: EventType[] | null;
  /** Sealed. */
  secret: Buffer;
  now: Date;
}

/** Until this transaction ends nobody else adds an endpoint for the tenant, so that a count of them holds. */
export async function lockTenant(tx: Queryable, tenant_id: string): Promise<void> {
  await tx.query({
    name: 'webhook_endpoints.lock_tenant',
    text: 'select from tenants where id = $1 for no key update',
    values: [tenant_id],
  });
}

/** Undefined when the tenant has `limit` endpoints already. */
export async function insertEndpoint(
  tx: Queryable,
  endpoint: NewEndpoint,
  limit: number,
): Promise<EndpointRow | undefined> {
  const { id, tenant_id, url, description, event_types, secret, now } = endpoint;
  const { rows } = await tx.query<EndpointRow>({
    name: 'webhook_endpoints.insert',
    text: `
      insert into webhook_endpoints (id, tenant_id, url, description, event_types, state, secret, created_at, updated_at)
      select $1, $2, $3, $4, $5, 'enabled', $6, $7, $7
       where (select count(*) from webhook_endpoints where tenant_id = $2) < $8
      returning ${COLUMNS}`,
    values: [id, tenant_id, url, description, event_types, secret, now, limit],
  });
  return rows[0];
}

export async function getEndpoint(db: Queryable, tenant_id: string, id: string): Promise<EndpointRow | undefined> {
  const { rows } = await db.query<EndpointRow>({
    name: 'webhook_endpoints.get',
    text: `select ${COLUMNS} from webhook_endpoints where id = $2 and tenant_id = $1`,
    values: [tenant_id, id],
  });
  return rows[0];
}

/** Newest first, those older than `before`. */
export async function listEndpoints(
  db: Queryable,
  tenant_id: string,
  before: string | undefined,
  limit: number,
): Promise<EndpointRow[]> {
  const { rows } = await db.query<EndpointRow>({
    name: 'webhook_endpoints.list',
    text: `
      select ${COLUMNS} from webhook_endpoints
       where tenant_id = $1 and ($2::uuid is null or id < $2)
       order by id desc limit $3`,
    values: [tenant_id, before ?? null, limit],
  });
  return rows;
}

/** What is undefined stays as it is. */
export interface EndpointChanges {
  url: string | undefined;
  description: string | null | undefined;
  event_types: EventType[] | null | undefined;
  state: WebhookState | undefined;
}

/** Enabling forgets the failures; disabling what is disabled already keeps the first reason. */
export async function updateEndpoint(
  db: Queryable,
  tenant_id: string,
  id: string,
  changes: EndpointChanges,
  now: Date,
): Promise<EndpointRow | undefined> {
  const { url, description, event_types, state } = changes;
  const { rows } = await db.query<EndpointRow>({
    name: 'webhook_endpoints.update',
    text: `
      update webhook_endpoints
         set url = coalesce($3, url),
             description = case when $4 then $5 else description end,
             event_types = case when $6 then $7::text[] else event_types end,
             state = coalesce($8, state),
             disabled_reason = case $8 when 'enabled' then null when 'disabled' then coalesce(disabled_reason, 'manual')
                                       else disabled_reason end,
             disabled_at = case $8 when 'enabled' then null when 'disabled' then coalesce(disabled_at, $9) else disabled_at end,
             failing_since = case when $8 = 'enabled' then null else failing_since end,
             last_failure = case when $8 = 'enabled' then null else last_failure end,
             updated_at = $9
       where id = $2 and tenant_id = $1
      returning ${COLUMNS}`,
    values: [
      tenant_id,
      id,
      url ?? null,
      description !== undefined,
      description ?? null,
      event_types !== undefined,
      event_types ?? null,
      state ?? null,
      now,
    ],
  });
  return rows[0];
}

/** The secret so far goes on signing until `expires_at`. False when `limit` earlier ones still do, or there is no endpoint. */
export async function replaceSecret(
  db: Queryable,
  tenant_id: string,
  id: string,
  secret: Buffer,
  { expires_at, limit, now }: { expires_at: Date; limit: number; now: Date },
): Promise<boolean> {
  const { rowCount } = await db.query({
    name: 'webhook_endpoints.replace_secret',
    text: `
      update webhook_endpoints e
         set (previous_secrets, previous_secrets_expire_at) = (
               select array_agg(p.secret order by p.expires_at desc), array_agg(p.expires_at order by p.expires_at desc)
                 from unnest(e.secret || e.previous_secrets, $4::timestamptz || e.previous_secrets_expire_at)
                        as p (secret, expires_at)
                where p.expires_at > $5),
             secret = $3, updated_at = $5
       where id = $2 and tenant_id = $1
         and (select count(*) from unnest(e.previous_secrets_expire_at) as p (expires_at) where p.expires_at > $5) < $6`,
    values: [tenant_id, id, secret, expires_at, now, limit],
  });
  return rowCount === 1;
}

/** Its deliveries are out of reach at once; `webhook_deliveries.remove_orphans` clears them away. */
export async function deleteEndpoint(db: Queryable, tenant_id: string, id: string): Promise<boolean> {
  const { rowCount } = await db.query({
    name: 'webhook_endpoints.delete',
    text: 'delete from webhook_endpoints where id = $2 and tenant_id = $1',
    values: [tenant_id, id],
  });
  return rowCount === 1;
}
