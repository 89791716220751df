import { rows } from './database.ts';
import type { Installation } from './koltrix.ts';

const tables = [
  'api_keys',
  'emails',
  'outbound_messages',
  'events',
  'idempotency_keys',
  'suppressions',
  'webhook_endpoints',
  'webhook_deliveries',
  'captured_messages',
  'domains',
  'dkim_keys',
  'domain_records',
];

/** How many rows a tenant has in each table, and a hash over all that they hold. */
export async function footprint({ database }: Installation, tenant_id: string): Promise<Record<string, string>> {
  // A key's last use is noted a moment after the request.
  const select = (table: string) => `
    select '${table}' as name, count(*) || ' ' || coalesce(md5(string_agg(content, ',' order by content)), '') as print
      from (select (to_jsonb(t) - 'last_used_at')::text as content from ${table} t where tenant_id = $1) all_of_tenant`;
  const prints = await rows<{ name: string; print: string }>(database.db, tables.map(select).join(' union all '), [
    tenant_id,
  ]);
  return Object.fromEntries(prints.map(({ name, print }) => [name, print]));
}
