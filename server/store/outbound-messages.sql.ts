import type { MessageStatus, RecipientKind } from '../generated/types.gen.ts';
import type { Queryable } from './database.ts';
import { appendingEvents } from './events.sql.ts';

/** Moves scheduled messages whose time has come to the queue; answers the tenants concerned. */
export async function promoteScheduled(
  db: Queryable,
  now: Date,
  limit: number,
): Promise<{ tenants: string[]; webhooks: boolean; count: number }> {
  const { rows } = await db.query<{ tenants: string[] | null; webhooks: boolean; count: number }>({
    name: 'outbound_messages.promote_scheduled',
    text: `
      with due as (
        select id from outbound_messages
         where status = 'scheduled' and due_at <= $1
         order by due_at limit $2 for update skip locked
      ),
      promoted as (
        -- The address may have been suppressed while the message waited.
        update outbound_messages m
           set status = case when hit.reason is null then 'queued'::message_status else 'suppressed' end,
               due_at = case when hit.reason is null then m.due_at end, queued_at = $1
          from due
          join outbound_messages o on o.id = due.id
          left join suppressions hit
            on hit.tenant_id = o.tenant_id and hit.address = o.recipient_canonical and hit.topic in ('', coalesce(o.topic, ''))
           and (hit.expires_at is null or hit.expires_at > $1)
         where m.id = due.id
        returning m.id, m.tenant_id, m.email_id, m.status, hit.reason, hit.expires_at
      ),
      ${appendingEvents(
        `select new_id($1) as id, tenant_id, email_id, id as message_id, 'email.' || status as type,
                case when reason is not null then jsonb_build_object('suppression', jsonb_build_object(
                  'reason', reason,
                  'expires_at', to_char(expires_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'))) end as detail
           from promoted`,
        '$1',
      )}
      select array_agg(distinct tenant_id) as tenants, exists (select from new_delivery) as webhooks, count(*)::int as count
        from promoted`,
    values: [now, limit],
  });
  const row = rows[0];
  return { tenants: row?.tenants ?? [], webhooks: row?.webhooks ?? false, count: row?.count ?? 0 };
}

export interface MessageRow {
  id: string;
  email_id: string;
  recipient: string;
  kind: RecipientKind;
  bulk: boolean;
  status: MessageStatus;
  due_at: Date | null;
  attempt: number;
  last_smtp_code: number | null;
  last_enhanced_code: string | null;
  last_reply: string | null;
  opens: number;
  machine_opens: number;
  clicks: number;
  machine_clicks: number;
}

/** The messages of some emails, in the order in which they were submitted. */
export async function listOfEmails(db: Queryable, tenant_id: string, email_ids: string[]): Promise<MessageRow[]> {
  const { rows } = await db.query<MessageRow>({
    name: 'outbound_messages.list_of_emails',
    text: `
      select id, email_id, recipient, kind, bulk, status, due_at, attempt, last_smtp_code, last_enhanced_code, last_reply,
             opens, machine_opens, clicks, machine_clicks
        from outbound_messages
       where id in (select unnest(message_ids) from emails where tenant_id = $1 and id = any ($2::uuid[]))
       order by id`,
    values: [tenant_id, email_ids],
  });
  return rows;
}

/** Cancels what has not left and is not just being tried (an expired lease may have left); answers how many. */
export async function cancelOfEmail(
  db: Queryable,
  tenant_id: string,
  email_id: string,
  now: Date,
): Promise<{ count: number; webhooks: boolean }> {
  const { rows } = await db.query<{ count: number; webhooks: boolean }>({
    name: 'outbound_messages.cancel_of_email',
    text: `
      with free as (
        -- Skips what is just changing hands: waiting for it would let events overtake each other in the log.
        select id from outbound_messages
         where id = any ((select message_ids from emails where tenant_id = $1 and id = $2)::uuid[])
           and status in ('scheduled', 'queued') and leased_by is null
         for update skip locked
      ),
      canceled as (
        update outbound_messages m set status = 'canceled', due_at = null
          from free where m.id = free.id
        returning m.id, m.tenant_id, m.email_id
      ),
      ${appendingEvents(
        `select new_id($3) as id, tenant_id, email_id, id as message_id, 'email.canceled' as type, null::jsonb as detail from canceled`,
        '$3',
      )}
      select count(*)::int as count, exists (select from new_delivery) as webhooks from canceled`,
    values: [tenant_id, email_id, now],
  });
  return rows[0] as { count: number; webhooks: boolean };
}

/** The last reply of a message that waits for its sender's domain to be proven; `releaseUnproven` finds it by that. */
export function unprovenReply(domain: string): string {
  return `451 4.7.0 ${domain} is not, or no longer, verified: GET /domains shows what is missing`;
}

/** The domain is proven: what waits for that is due now. Answers how many messages. */
export async function releaseUnproven(
  db: Queryable,
  tenant_id: string,
  domain: string,
  now: Date,
  limit: number,
): Promise<number> {
  const { rowCount } = await db.query({
    name: 'outbound_messages.release_unproven',
    text: `
      with waiting as (
        -- The conditions are those of the index outbound_messages_unproven.
        select id from outbound_messages
         where tenant_id = $1 and last_reply = $2 and due_at > $3
           and status = 'queued' and last_source is null and last_enhanced_code = '4.7.0' and leased_by is null
         limit $4 for update skip locked
      )
      update outbound_messages m set due_at = $3 from waiting where m.id = waiting.id`,
    values: [tenant_id, unprovenReply(domain), now, limit],
  });
  return rowCount ?? 0;
}
