import type { EventType, WebhookDeliveryState } from '../generated/types.gen.ts';
import type { Queryable } from './database.ts';
import { EVENT_COLUMNS, EVENT_JOINS, type EventRow } from './events.sql.ts';

export interface DeliveryRow {
  id: string;
  endpoint_id: string;
  event_id: string;
  event_type: EventType;
  test: boolean;
  state: WebhookDeliveryState;
  due_at: Date | null;
  created_at: Date;
  attempts: AttemptRow[];
}

export interface AttemptRow {
  number: number;
  /** As JSON has it: ISO 8601 with microseconds. */
  started_at: string;
  duration_ms: number;
  status_code: number | null;
  error: string | null;
  response_excerpt: string | null;
}

const COLUMNS = `
  d.id, d.endpoint_id, d.event_id, d.event_type, d.payload is not null as test, d.state, d.due_at, d.created_at,
  (select coalesce(json_agg(json_build_object(
            'number', a.number, 'started_at', a.started_at, 'duration_ms', a.duration_ms, 'status_code', a.status_code,
            'error', a.error, 'response_excerpt', a.response_excerpt) order by a.number), '[]')
     from webhook_attempts a where a.delivery_id = d.id) as attempts`;

export interface DeliveryFilter {
  states: readonly WebhookDeliveryState[];
  /** Only those older than this one. */
  before: string | undefined;
  limit: number;
}

/** Newest first; merged from one index scan for each state. */
export async function listDeliveries(
  db: Queryable,
  tenant_id: string,
  endpoint_id: string,
  { states, before, limit }: DeliveryFilter,
): Promise<DeliveryRow[]> {
  const { rows } = await db.query<DeliveryRow>({
    name: 'webhook_deliveries.list',
    text: `
      select ${COLUMNS}
        from (
          select one.* from unnest($3::text[]) as wanted (state)
           cross join lateral (
             select * from webhook_deliveries
              where endpoint_id = $2 and tenant_id = $1 and state = wanted.state and ($4::uuid is null or id < $4)
              order by id desc limit $5
           ) one
           order by one.id desc limit $5
        ) d
       order by d.id desc`,
    values: [tenant_id, endpoint_id, states, before ?? null, limit],
  });
  return rows;
}

export async function getDelivery(
  db: Queryable,
  tenant_id: string,
  endpoint_id: string,
  id: string,
): Promise<DeliveryRow | undefined> {
  const { rows } = await db.query<DeliveryRow>({
    name: 'webhook_deliveries.get',
    text: `
      select ${COLUMNS} from webhook_deliveries d where d.id = $3 and d.endpoint_id = $2 and d.tenant_id = $1`,
    values: [tenant_id, endpoint_id, id],
  });
  return rows[0];
}

export interface TestDelivery {
  id: string;
  tenant_id: string;
  endpoint_id: string;
  event_id: string;
  event_type: EventType;
  /** The event as JSON. */
  payload: string;
  now: Date;
}

/** The delivery of a sample event; those of real events are written together with the events. */
export async function insertTest(db: Queryable, delivery: TestDelivery): Promise<void> {
  const { id, tenant_id, endpoint_id, event_id, event_type, payload, now } = delivery;
  await db.query({
    name: 'webhook_deliveries.insert_test',
    text: `
      insert into webhook_deliveries (id, tenant_id, endpoint_id, event_id, event_type, payload, state, due_at, created_at)
      values ($1, $2, $3, $4, $5, $6, 'pending', $7, $7)`,
    values: [id, tenant_id, endpoint_id, event_id, event_type, payload, now],
  });
}

/** Due now, with a fresh schedule. One that is under way at this moment is left to it. */
export async function makeDue(
  db: Queryable,
  tenant_id: string,
  endpoint_id: string,
  id: string,
  now: Date,
): Promise<void> {
  await db.query({
    name: 'webhook_deliveries.make_due',
    text: `
      update webhook_deliveries set state = 'pending', due_at = $4, tries = 0
       where id = $3 and endpoint_id = $2 and tenant_id = $1 and (leased_by is null or due_at <= $4)`,
    values: [tenant_id, endpoint_id, id, now],
  });
}

export interface LeaseOptions {
  worker: string;
  now: Date;
  lease_s: number;
  limit: number;
  /** Requests under way at once to one endpoint, over all workers. */
  per_endpoint: number;
  /** The same for an endpoint whose last try failed. */
  per_failing_endpoint: number;
}

/** A delivery under a lease, with all that its request needs. */
export interface LeasedDelivery {
  delivery_id: string;
  endpoint_id: string;
  event_id: string;
  attempt: number;
  tries: number;
  url: string;
  /** Sealed. */
  secret: Buffer;
  /** Sealed; those that still sign beside it, newest first. */
  previous_secrets: Buffer[];
  /** The body of a test event. */
  payload: string | null;
  event: EventRow | null;
}

/**
 * Leases due deliveries, at most so many of one endpoint, and first those of the endpoints with the fewest under way: an
 * endpoint that hangs holds up itself alone. The endpoints with pending deliveries are found by a loose index scan, so
 * a long queue of one costs no more than a short one.
 *
 * `seen` against `e`: where another lease has committed since this statement's snapshot, the locked row's `lease_no` is
 * newer than the one seen, the count of what is under way would be too low, and the endpoint is passed over this time.
 *
 * A lease that ran out means that its worker died: that try goes on record as one without a known outcome.
 */
export async function leaseDue(db: Queryable, options: LeaseOptions): Promise<LeasedDelivery[]> {
  const { worker, now, lease_s, limit, per_endpoint, per_failing_endpoint } = options;
  const { rows } = await db.query<LeaseRow>({
    name: 'webhook_deliveries.lease_due',
    text: `
      with recursive waiting as (
        (select endpoint_id from webhook_deliveries where state = 'pending' order by endpoint_id limit 1)
        union all
        select (select d.endpoint_id from webhook_deliveries d
                 where d.state = 'pending' and d.endpoint_id > w.endpoint_id order by d.endpoint_id limit 1)
          from waiting w where w.endpoint_id is not null
      ),
      turn as materialized (
        select e.id, e.url, e.secret,
               array(select p.secret from unnest(e.previous_secrets, e.previous_secrets_expire_at) as p (secret, expires_at)
                      where p.expires_at > $2 order by p.expires_at desc) as previous_secrets,
               case when e.failing_since is null then $5::int else $6::int end as places,
               (select count(*) from webhook_deliveries b
                 where b.endpoint_id = e.id and b.leased_by is not null and b.due_at > $2) as busy
          from waiting w
          join webhook_endpoints seen on seen.id = w.endpoint_id
          join webhook_endpoints e on e.id = seen.id and e.lease_no = seen.lease_no
         where e.state = 'enabled'
           and exists (select from webhook_deliveries d
                        where d.endpoint_id = e.id and d.state = 'pending' and d.due_at <= $2)
           for no key update of e skip locked
      ),
      candidate as materialized (
        select c.*, t.busy + row_number() over (partition by t.id order by c.due_at, c.id) as place
          from turn t
         cross join lateral (
           select d.id, d.endpoint_id, d.due_at, d.attempt, d.leased_by from webhook_deliveries d
            where d.endpoint_id = t.id and d.state = 'pending' and d.due_at <= $2
            order by d.due_at limit least(greatest(t.places - t.busy, 0), $4) for update skip locked
         ) c
      ),
      picked as materialized (
        select * from candidate order by place, due_at limit $4
      ),
      took_turn as (
        update webhook_endpoints e set lease_no = e.lease_no + 1
         where e.id in (select endpoint_id from picked)
      ),
      lost as (
        insert into webhook_attempts (delivery_id, number, started_at, duration_ms, error)
        select p.id, p.attempt, p.due_at - make_interval(secs => $3), ($3 * 1000)::int,
               'the worker stopped before the outcome was known'
          from picked p where p.leased_by is not null
        on conflict do nothing
      ),
      leased as (
        update webhook_deliveries d
           set due_at = $2 + make_interval(secs => $3), leased_by = $1, attempt = d.attempt + 1
          from picked p where d.id = p.id
        returning d.id as delivery_id, d.endpoint_id, d.event_id, d.attempt, d.tries, d.payload
      )
      select l.*, t.url, t.secret, t.previous_secrets, x.*
        from leased l
        join turn t on t.id = l.endpoint_id
        left join lateral (
          select ${EVENT_COLUMNS} from events e ${EVENT_JOINS} where e.id = l.event_id
        ) x on l.payload is null`,
    values: [worker, now, lease_s, limit, per_endpoint, per_failing_endpoint],
  });
  return rows.map(asLeased);
}

/** The event's columns are null for a test event, and for one that is no longer in the log. */
type LeaseRow = Omit<LeasedDelivery, 'event'> & (EventRow | { id: null });

function asLeased(row: LeaseRow): LeasedDelivery {
  return { ...row, event: row.id === null ? null : row };
}

/**
 * Ends what a disabled endpoint still has pending (all of them, or one): at most `limit` at a time; the count of those
 * ended. What is under way is left to be settled.
 */
export async function exhaustOfDisabled(
  db: Queryable,
  endpoint_id: string | null,
  now: Date,
  limit: number,
): Promise<number> {
  const { rowCount } = await db.query({
    name: 'webhook_deliveries.exhaust_of_disabled',
    text: `
      update webhook_deliveries d set state = 'exhausted', due_at = null, leased_by = null
        from (
          select p.id from webhook_endpoints e
           cross join lateral (
             select id from webhook_deliveries
              where endpoint_id = e.id and state = 'pending' and (leased_by is null or due_at <= $2)
              limit $3 for update skip locked
           ) p
           where e.state = 'disabled' and ($1::uuid is null or e.id = $1)
           limit $3
        ) ended
       where d.id = ended.id`,
    values: [endpoint_id, now, limit],
  });
  return rowCount ?? 0;
}

/** Clears away deliveries whose endpoint was deleted: at most `limit` at a time; the count of those removed. */
export async function removeOrphans(db: Queryable, limit: number): Promise<number> {
  const { rowCount } = await db.query({
    name: 'webhook_deliveries.remove_orphans',
    text: `
      with recursive known as (
        (select endpoint_id from webhook_deliveries order by endpoint_id limit 1)
        union all
        select (select d.endpoint_id from webhook_deliveries d
                 where d.endpoint_id > k.endpoint_id order by d.endpoint_id limit 1)
          from known k where k.endpoint_id is not null
      )
      delete from webhook_deliveries where id in (
        select o.id from known k
         cross join lateral (
           select id from webhook_deliveries where endpoint_id = k.endpoint_id limit $1 for update skip locked
         ) o
         where not exists (select from webhook_endpoints e where e.id = k.endpoint_id)
         limit $1
      )`,
    values: [limit],
  });
  return rowCount ?? 0;
}
