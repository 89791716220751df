import type { Queryable } from './database.ts';
import { appendingEvents } from './events.sql.ts';

export interface Unsubscribed {
  tenant_id: string;
  recipient: string;
  webhooks: boolean;
}

/**
 * Takes a message's recipient off: a suppression for good and, unless there is one like it already, an event. Undefined
 * when the message is gone.
 */
export async function unsubscribe(
  db: Queryable,
  {
    message_id,
    event_id,
    method,
    now,
  }: { message_id: string; event_id: string; method: 'one-click' | 'page'; now: Date },
): Promise<Unsubscribed | undefined> {
  const { rows } = await db.query<Unsubscribed>({
    name: 'unsubscribes.unsubscribe',
    text: `
      with message as materialized (
        select id, tenant_id, email_id, recipient, recipient_canonical, topic from outbound_messages where id = $2
      ),
      suppression as (
        insert into suppressions as old (tenant_id, address, topic, reason, source_message_id, diagnostic, created_at,
                                         expires_at)
        select tenant_id, recipient_canonical, coalesce(topic, ''), 'unsubscribe', id, null, $1, null from message
        on conflict (tenant_id, address, topic) do update
           set reason = excluded.reason, source_message_id = excluded.source_message_id, diagnostic = null,
               created_at = excluded.created_at, expires_at = null
         -- One for good stays what it is.
         where old.expires_at is not null
        returning tenant_id
      ),
      ${appendingEvents(
        `select $3::uuid as id, m.tenant_id, m.email_id, m.id as message_id, 'email.unsubscribed' as type,
                jsonb_build_object('unsubscribe', jsonb_build_object('method', $4::text, 'topic', m.topic)) as detail
           from message m join suppression s using (tenant_id)`,
        '$1',
      )}
      select tenant_id, recipient, exists (select from new_delivery) as webhooks from message`,
    values: [now, message_id, event_id, method],
  });
  return rows[0];
}

export interface UnsubscribeWish {
  recipient: string;
  from_header: string;
  /** Null: from all of the sender's mail. */
  topic: string | null;
}

/** Whose wish it would be, for the page that asks. */
export async function findWish(db: Queryable, message_id: string): Promise<UnsubscribeWish | undefined> {
  const { rows } = await db.query<UnsubscribeWish>({
    name: 'unsubscribes.find_wish',
    text: `
      select m.recipient, e.from_header, m.topic
        from outbound_messages m join emails e on e.tenant_id = m.tenant_id and e.id = m.email_id
       where m.id = $1`,
    values: [message_id],
  });
  return rows[0];
}
