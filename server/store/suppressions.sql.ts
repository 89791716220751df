import type { SuppressionReason } from '../generated/types.gen.ts';
import type { Queryable } from './database.ts';

export interface SuppressionRow {
  address: string;
  reason: SuppressionReason;
  source_message_id: string | null;
  diagnostic: string | null;
  created_at: Date;
  expires_at: Date | null;
}

const COLUMNS = 'address, reason, source_message_id, diagnostic, created_at, expires_at';

/** Newest first; `before` is the place of the last item of the page before. */
export async function listSuppressions(
  db: Queryable,
  tenant_id: string,
  options: {
    reason: SuppressionReason | undefined;
    before: { created_at: string; address: string } | undefined;
    now: Date;
    limit: number;
  },
): Promise<(SuppressionRow & { place: string })[]> {
  const { rows } = await db.query<SuppressionRow & { place: string }>({
    name: 'suppressions.list_suppressions',
    text: `
      select ${COLUMNS}, extract(epoch from created_at)::text || ' ' || address as place
        from suppressions
       where tenant_id = $1 and ($2::text is null or reason = $2) and (expires_at is null or expires_at > $3)
         and ($4::float8 is null or (created_at, address) < (to_timestamp($4), $5))
       order by created_at desc, address desc limit $6`,
    values: [
      tenant_id,
      options.reason,
      options.now,
      options.before?.created_at,
      options.before?.address,
      options.limit,
    ],
  });
  return rows;
}

export async function findSuppression(
  db: Queryable,
  tenant_id: string,
  address: string,
  now: Date,
): Promise<SuppressionRow | undefined> {
  const { rows } = await db.query<SuppressionRow>({
    name: 'suppressions.find_suppression',
    text: `
      select ${COLUMNS} from suppressions
       where tenant_id = $1 and address = $2 and (expires_at is null or expires_at > $3)`,
    values: [tenant_id, address, now],
  });
  return rows[0];
}

/** Replaces an earlier suppression of the address. */
export async function putSuppression(db: Queryable, tenant_id: string, row: SuppressionRow): Promise<void> {
  await db.query({
    name: 'suppressions.put_suppression',
    text: `
      insert into suppressions (tenant_id, address, reason, source_message_id, diagnostic, created_at, expires_at)
      values ($1, $2, $3, $4, $5, $6, $7)
      on conflict (tenant_id, address) do update
         set reason = excluded.reason, source_message_id = excluded.source_message_id, diagnostic = excluded.diagnostic,
             created_at = excluded.created_at, expires_at = excluded.expires_at`,
    values: [tenant_id, row.address, row.reason, row.source_message_id, row.diagnostic, row.created_at, row.expires_at],
  });
}

/** False when the address was not suppressed. */
export async function deleteSuppression(
  db: Queryable,
  tenant_id: string,
  address: string,
  now: Date,
): Promise<boolean> {
  const { rows } = await db.query<{ live: boolean }>({
    name: 'suppressions.delete_suppression',
    text: `
      delete from suppressions where tenant_id = $1 and address = $2
      returning (expires_at is null or expires_at > $3) as live`,
    values: [tenant_id, address, now],
  });
  return rows[0]?.live ?? false;
}
