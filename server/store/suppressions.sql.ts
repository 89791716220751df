import type { SuppressionReason } from '../generated/types.gen.ts';
import type { Queryable } from './database.ts';

export interface SuppressionRow {
  address: string;
  /** Empty: from all mail. */
  topic: string;
  reason: SuppressionReason;
  source_message_id: string | null;
  diagnostic: string | null;
  created_at: Date;
  expires_at: Date | null;
}

const COLUMNS = 'address, topic, reason, source_message_id, diagnostic, created_at, expires_at';

/** End of an insert into `suppressions as old`: an earlier one gives way only to one that lasts longer. */
export const OUTLASTING = `
  on conflict (tenant_id, address, topic) do update
     set reason = excluded.reason, source_message_id = excluded.source_message_id, diagnostic = excluded.diagnostic,
         created_at = excluded.created_at, expires_at = excluded.expires_at
   where old.expires_at is not null and (excluded.expires_at is null or excluded.expires_at > old.expires_at)`;

/** Newest first; `before` is the place of the last item of the page before. */
export async function listSuppressions(
  db: Queryable,
  tenant_id: string,
  options: {
    reason: SuppressionReason | undefined;
    before: { created_at: string; topic: string; address: string } | undefined;
    now: Date;
    limit: number;
  },
): Promise<(SuppressionRow & { place: string })[]> {
  const { rows } = await db.query<SuppressionRow & { place: string }>({
    name: 'suppressions.list_suppressions',
    text: `
      select ${COLUMNS}, extract(epoch from created_at)::text || ' ' || topic || ' ' || address as place
        from suppressions
       where tenant_id = $1 and ($2::text is null or reason = $2) and (expires_at is null or expires_at > $3)
         and ($4::float8 is null or (created_at, address, topic) < (to_timestamp($4), $5, $6))
       order by created_at desc, address desc, topic desc limit $7`,
    values: [
      tenant_id,
      options.reason,
      options.now,
      options.before?.created_at,
      options.before?.address,
      options.before?.topic,
      options.limit,
    ],
  });
  return rows;
}

/** `topic`: of mail of that topic alone; empty: of all mail. */
export async function findSuppression(
  db: Queryable,
  tenant_id: string,
  { address, topic }: Pick<SuppressionRow, 'address' | 'topic'>,
  now: Date,
): Promise<SuppressionRow | undefined> {
  const { rows } = await db.query<SuppressionRow>({
    name: 'suppressions.find_suppression',
    text: `
      select ${COLUMNS} from suppressions
       where tenant_id = $1 and address = $2 and topic = $3 and (expires_at is null or expires_at > $4)`,
    values: [tenant_id, address, topic, now],
  });
  return rows[0];
}

/** Replaces an earlier suppression of the address and topic. */
export async function putSuppression(db: Queryable, tenant_id: string, row: SuppressionRow): Promise<void> {
  const { address, topic, reason, source_message_id, diagnostic, created_at, expires_at } = row;
  await db.query({
    name: 'suppressions.put_suppression',
    text: `
      insert into suppressions (tenant_id, ${COLUMNS})
      values ($1, $2, $3, $4, $5, $6, $7, $8)
      on conflict (tenant_id, address, topic) do update
         set reason = excluded.reason, source_message_id = excluded.source_message_id, diagnostic = excluded.diagnostic,
             created_at = excluded.created_at, expires_at = excluded.expires_at`,
    values: [tenant_id, address, topic, reason, source_message_id, diagnostic, created_at, expires_at],
  });
}

/** False when the address was not suppressed. */
export async function deleteSuppression(
  db: Queryable,
  tenant_id: string,
  { address, topic }: Pick<SuppressionRow, 'address' | 'topic'>,
  now: Date,
): Promise<boolean> {
  const { rows } = await db.query<{ live: boolean }>({
    name: 'suppressions.delete_suppression',
    text: `
      delete from suppressions where tenant_id = $1 and address = $2 and topic = $3
      returning (expires_at is null or expires_at > $4) as live`,
    values: [tenant_id, address, topic, now],
  });
  return rows[0]?.live ?? false;
}

/**
 * Suppresses for good the recipients of these soft bounces for which this was the third day of soft bounces in a row. Mail
 * that was taken in between, or refused for another reason, starts the count again. Harmless the second time.
 */
export async function suppressRepeatedSoft(db: Queryable, message_ids: readonly string[], now: Date): Promise<void> {
  await db.query({
    name: 'suppressions.suppress_repeated_soft',
    text: `
      with bounced as (
        select distinct on (tenant_id, recipient_canonical) id, tenant_id, recipient_canonical, last_reply
          from outbound_messages where id = any ($1::uuid[]) and status = 'bounced'
         order by tenant_id, recipient_canonical, id desc
      ),
      past as (
        select b.id, e.created_at, e.detail #>> '{bounce,class}' is not distinct from 'soft' as soft
          from bounced b
         cross join lateral (
           select id, email_id, status from outbound_messages
            where tenant_id = b.tenant_id and recipient_canonical = b.recipient_canonical
              and status in ('sent', 'delivered', 'opened', 'clicked', 'complained', 'bounced')
            order by email_id desc limit 20
         ) m
          -- The time of its end; a message that bounced later than it was sent has only bounced.
          join events e on e.email_id = m.email_id and e.message_id = m.id
           and e.type = case m.status when 'bounced' then 'email.bounced' else 'email.sent' end
      ),
      row_of_days as (
        select p.id from past p
         where p.soft and p.created_at > (
           select coalesce(max(o.created_at), '-infinity') from past o where o.id = p.id and not o.soft)
         group by p.id having count(distinct (p.created_at at time zone 'UTC')::date) >= 3
      )
      insert into suppressions as old (tenant_id, address, reason, source_message_id, diagnostic, created_at, expires_at)
      select b.tenant_id, b.recipient_canonical, 'repeated-soft', b.id, b.last_reply, $2, null
        from bounced b join row_of_days using (id)
      on conflict (tenant_id, address, topic) do update
         set reason = excluded.reason, source_message_id = excluded.source_message_id, diagnostic = excluded.diagnostic,
             created_at = excluded.created_at, expires_at = excluded.expires_at
       where old.expires_at is not null`,
    values: [message_ids, now],
  });
}

/** Suppresses many addresses, each for as long as is said or as it is already, whichever is longer; how many that changed. */
export async function importSuppressions(
  db: Queryable,
  tenant_id: string,
  list: readonly Pick<SuppressionRow, 'address' | 'topic' | 'reason' | 'expires_at'>[],
  now: Date,
): Promise<number> {
  const { rowCount } = await db.query({
    name: 'suppressions.import_suppressions',
    text: `
      insert into suppressions as old (tenant_id, address, topic, reason, created_at, expires_at)
      select $1, i.address, i.topic, i.reason, $2, i.expires_at
        from unnest($3::text[], $4::text[], $5::text[], $6::timestamptz[]) as i (address, topic, reason, expires_at)
       -- In one order, as delivery writes them too: of two writers one waits, and neither for ever.
       order by i.address, i.topic
      on conflict (tenant_id, address, topic) do update
         set reason = excluded.reason, source_message_id = null, diagnostic = null, created_at = excluded.created_at,
             expires_at = excluded.expires_at
       where old.expires_at <= $2 or excluded.expires_at is null and old.expires_at is not null
          or excluded.expires_at > old.expires_at`,
    values: [
      tenant_id,
      now,
      list.map(({ address }) => address),
      list.map(({ topic }) => topic),
      list.map(({ reason }) => reason),
      list.map(({ expires_at }) => expires_at),
    ],
  });
  return rowCount ?? 0;
}

/** By address and topic, from behind the one given. */
export async function exportSuppressions(
  db: Queryable,
  tenant_id: string,
  after: Pick<SuppressionRow, 'address' | 'topic'>,
  now: Date,
  limit: number,
): Promise<SuppressionRow[]> {
  const { rows } = await db.query<SuppressionRow>({
    name: 'suppressions.export_suppressions',
    text: `
      select ${COLUMNS} from suppressions
       where tenant_id = $1 and (address, topic) > ($2, $3) and (expires_at is null or expires_at > $4)
       order by address, topic limit $5`,
    values: [tenant_id, after.address, after.topic, now, limit],
  });
  return rows;
}
