import type { Koltrix } from 'koltrix';
import { rows } from './database.ts';
import { isMock } from './host.ts';
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
export async function footprint(koltrix: Installation, tenant_id: string): Promise<Record<string, string>> {
  if (isMock) return footprintByApi(koltrix.sdk(tenant_id));
  const { database } = koltrix;
  // A key's last use is noted a moment after the request.
  const select = (table: string) => `
    select '${table}' as name, count(*) || ' ' || coalesce(md5(string_agg(content, ',' order by content)), '') as print
      from (select (to_jsonb(t) - 'last_used_at')::text as content from ${table} t where tenant_id = $1) all_of_tenant`;
  const prints = await rows<{ name: string; print: string }>(database.db, tables.map(select).join(' union all '), [
    tenant_id,
  ]);
  return Object.fromEntries(prints.map(({ name, print }) => [name, print]));
}

/** Where there are no tables: what the tenant can see of his things. */
async function footprintByApi(koltrix: Koltrix): Promise<Record<string, string>> {
  const { emails, events, suppressions, webhooks, apiKeys, testMessages } = koltrix;
  const keys = (await Array.fromAsync(apiKeys.list())).map(({ last_used_at: _, ...key }) => key);
  // How its webhooks fare is the mock's doing, a moment after the event.
  const hooks = (await Array.fromAsync(webhooks.list())).map(({ failing_since: _, last_failure: __, ...hook }) => hook);
  const lists = { emails, events, suppressions, testMessages };
  const all = await Promise.all(
    Object.entries(lists).map(async ([name, list]) => [
      name,
      JSON.stringify(await Array.fromAsync<unknown>(list.list())),
    ]),
  );
  return { ...Object.fromEntries(all), apiKeys: JSON.stringify(keys), webhooks: JSON.stringify(hooks) };
}
