import type { MailSource } from '../generated/types.gen.ts';
import type { Queryable } from './database.ts';

/** An event with what it says of its message; see `events/present.ts` for its public form. */
export interface EventRow {
  id: string;
  type: string;
  created_at: Date;
  detail: Record<string, unknown> | null;
  email_id: string;
  message_id: string;
  recipient: string;
  from_header: string;
  subject: string;
  source: MailSource;
  tags: Record<string, string>;
  metadata: Record<string, unknown>;
}

/** Select list and joins of an EventRow; the event is `e`, its email `m`, its outbound message `o`. */
export const EVENT_COLUMNS = `
  e.id, e.type, e.created_at, e.detail, e.email_id, e.message_id,
  o.recipient, m.from_header, m.subject, m.source, m.tags, m.metadata`;
export const EVENT_JOINS = `
  join outbound_messages o on o.id = e.message_id
  join emails m on m.tenant_id = e.tenant_id and m.id = e.email_id`;

/**
 * Two CTEs that append events and, in the same statement, one webhook delivery for each endpoint that wants them.
 * `rows` is a query for (id, tenant_id, email_id, message_id, type, detail); `now` names the parameter with the time.
 */
export function appendingEvents(rows: string, now: string): string {
  return `
    new_event as (
      insert into events (id, tenant_id, email_id, message_id, type, detail, created_at)
      select r.id, r.tenant_id, r.email_id, r.message_id, r.type, r.detail, ${now} from (${rows}) r
      returning id, tenant_id, type
    ),
    new_delivery as (
      ${insertingDeliveries('new_event', now)}
      returning 1
    )`;
}

/** Inserts one webhook delivery for each endpoint that wants one of the `events`: rows with (id, tenant_id, type). */
export function insertingDeliveries(events: string, now: string): string {
  return `
      insert into webhook_deliveries (id, tenant_id, endpoint_id, event_id, event_type, state, due_at, created_at)
      select new_id(${now}), e.tenant_id, w.id, e.id, e.type, 'pending', ${now}, ${now}
        from ${events} e
        join webhook_endpoints w on w.tenant_id = e.tenant_id and w.state = 'enabled'
         and (w.event_types is null or e.type = any (w.event_types))`;
}

/** A place in the log. The order is (xact_id, id); `start` lies before everything. */
export interface Place {
  xact_id: string;
  id: string;
}

export interface FeedOptions {
  tenant_id: string;
  types: readonly string[] | null;
  after: Place;
  limit: number;
}

/**
 * Events behind a place, oldest first, and only those behind the horizon: every transaction that could still add an
 * earlier one has ended. `pending` says that there are committed events beyond the horizon, so look again soon.
 */
export async function readFeed(
  db: Queryable,
  { tenant_id, types, after, limit }: FeedOptions,
): Promise<{ rows: (EventRow & Place)[]; pending: boolean }> {
  const { rows } = await db.query<EventRow & Place & { pending: boolean }>({
    name: 'events.read_feed',
    text: `
      with horizon as materialized (select pg_snapshot_xmin(pg_current_snapshot()) as xmin)
      select ${EVENT_COLUMNS}, e.xact_id::text as xact_id, false as pending
        from (
          select * from events
           where tenant_id = $1 and (xact_id, id) > ($2::xid8, $3::uuid)
             and xact_id < (select xmin from horizon)
             and ($4::text[] is null or type = any ($4))
           order by xact_id, id limit $5
        ) e ${EVENT_JOINS}
      union all
      select null, null, null, null, null, null, null, null, null, null, null, null, null, true
       where exists (select from events where tenant_id = $1 and xact_id >= (select xmin from horizon))`,
    values: [tenant_id, after.xact_id, after.id, types, limit],
  });
  const events = rows.filter((row) => !row.pending).sort(byPlace);
  return { rows: events, pending: events.length < rows.length };
}

function byPlace(a: Place, b: Place): number {
  const order = BigInt(a.xact_id) - BigInt(b.xact_id);
  return order ? (order < 0n ? -1 : 1) : a.id < b.id ? -1 : 1;
}

/** The place of an event of this tenant; undefined when it has none such. */
export async function placeOf(db: Queryable, tenant_id: string, id: string): Promise<Place | undefined> {
  const { rows } = await db.query<Place>({
    name: 'events.place_of',
    text: 'select xact_id::text as xact_id, id from events where id = $2 and tenant_id = $1',
    values: [tenant_id, id],
  });
  return rows[0];
}

/** The last event that is readable now; undefined when there is none yet. */
export async function latestPlace(db: Queryable, tenant_id: string): Promise<Place | undefined> {
  const { rows } = await db.query<Place>({
    name: 'events.latest_place',
    // The table's name matters: alone, `order by xact_id` means the text of the select list, where 999 comes after 1000.
    text: `
      select xact_id::text as xact_id, id from events e
       where tenant_id = $1 and xact_id < pg_snapshot_xmin(pg_current_snapshot())
       order by e.xact_id desc, e.id desc limit 1`,
    values: [tenant_id],
  });
  return rows[0];
}

export const START: Place = { xact_id: '0', id: '00000000-0000-0000-0000-000000000000' };

/** The events of one email, oldest first. */
export async function listOfEmail(
  db: Queryable,
  tenant_id: string,
  email_id: string,
  after: Place,
  limit: number,
): Promise<(EventRow & Place)[]> {
  const { rows } = await db.query<EventRow & Place>({
    name: 'events.list_of_email',
    text: `
      select ${EVENT_COLUMNS}, e.xact_id::text as xact_id
        from events e ${EVENT_JOINS}
       where e.email_id = $2 and e.tenant_id = $1 and (e.xact_id, e.id) > ($3::xid8, $4::uuid)
       order by e.xact_id, e.id limit $5`,
    values: [tenant_id, email_id, after.xact_id, after.id, limit],
  });
  return rows;
}
