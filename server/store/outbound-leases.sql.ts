import type { Queryable } from './database.ts';
import { appendingEvents } from './events.sql.ts';

/** One leased message: what a worker needs to try it. */
export interface Lease {
  id: string;
  tenant_id: string;
  email_id: string;
  recipient: string;
  bulk: boolean;
  /** The number of this conversation, from 1; with `leased_by` it is the lease's token. */
  attempt: number;
  /** Tries that have counted against the schedule. */
  tries: number;
  queued_at: Date;
  /** Our address at the last try; null before the first. */
  last_source: string | null;
  /** The address has been suppressed since the message was accepted. */
  is_suppressed: boolean;
}

export interface LeaseRequest {
  worker: string;
  now: Date;
  lease_s: number;
  bulk: boolean;
  /** At most so many messages. */
  limit: number;
  /** At most so many messages of one tenant, those counted in `in_flight`. */
  tenant_limit: number;
  /** What the worker has in hand, by tenant. */
  in_flight: ReadonlyMap<string, number>;
  /** Where to begin to look for tenants with mail: `walked_to` of the last answer. */
  after_tenant: string | undefined;
}

export interface Leased {
  leases: Lease[];
  /** The tenant where the walk stopped before its end; undefined when it came to the end. */
  walked_to: string | undefined;
}

/** Tenants visited by one lease; those behind them come first next time. */
const TENANTS = 200;
const BEFORE_ALL = '00000000-0000-0000-0000-000000000000';

/**
 * Lease, don't hold: the row lock ends before the first SMTP byte; a crash simply lets `due_at` pass.
 *
 * Places are dealt out like cards, one to each tenant with due mail, round by round, and what a tenant has in flight
 * counts as dealt: a flood waits for its own, not in front of others. Every step is a descent of one index, by tenant
 * and time, so the cost follows the tenants that have queued mail and not the length of the queue.
 */
export async function leaseDue(db: Queryable, request: LeaseRequest): Promise<Leased> {
  const { worker, now, lease_s, bulk, limit, tenant_limit, in_flight, after_tenant } = request;
  const { rows } = await db.query<Lease & { walked_to: string | null }>({
    name: 'outbound_messages.lease_due',
    text: LEASE,
    values: [
      worker,
      now,
      limit,
      lease_s,
      bulk,
      after_tenant ?? BEFORE_ALL,
      TENANTS,
      [...in_flight.keys()],
      [...in_flight.values()],
      tenant_limit,
    ],
  });
  return {
    leases: rows.flatMap(({ walked_to, ...lease }) => (lease.id === null ? [] : [lease])),
    walked_to: rows[0]?.walked_to ?? undefined,
  };
}

const LEASE = `
  with recursive walk (tenant_id, step) as (
    (select m.tenant_id, 1 from outbound_messages m
      where m.status = 'queued' and m.bulk = $5 and m.tenant_id > $6::uuid
      order by m.tenant_id limit 1)
    union all
    select next.tenant_id, w.step + 1
      from walk w
      cross join lateral (
        select m.tenant_id from outbound_messages m
         where m.status = 'queued' and m.bulk = $5 and m.tenant_id > w.tenant_id
         order by m.tenant_id limit 1
      ) next
     where w.step < $7
  ),
  in_hand as (
    select * from unnest($8::uuid[], $9::int[]) as h (tenant_id, messages)
  ),
  candidate as (
    select w.tenant_id, coalesce(h.messages, 0) + row_number() over (partition by w.tenant_id order by d.due_at) as turn
      from walk w
      left join in_hand h using (tenant_id)
      cross join lateral (
        select m.due_at from outbound_messages m
         where m.status = 'queued' and m.bulk = $5 and m.tenant_id = w.tenant_id and m.due_at <= $2
         order by m.due_at limit $3
      ) d
  ),
  share as materialized (
    select tenant_id, count(*)::int as places
      from (select tenant_id from candidate where turn <= $10 order by turn limit $3) dealt
     group by tenant_id
  ),
  due as materialized (
    select d.id
      from share s
      cross join lateral (
        select m.id from outbound_messages m
         where m.status = 'queued' and m.bulk = $5 and m.tenant_id = s.tenant_id and m.due_at <= $2
         order by m.due_at limit s.places for update skip locked
      ) d
  ),
  leased as (
    update outbound_messages m
       set due_at = $2::timestamptz + make_interval(secs => $4), leased_by = $1, attempt = attempt + 1
     -- As an array, for a join might read the whole table: how many are due is beyond the planner.
     where m.id = any (array(select d.id from due d))
    returning m.id, m.tenant_id, m.email_id, m.recipient, m.bulk, m.attempt, m.tries, m.queued_at, m.last_source,
              -- Counted, for with EXISTS or a limit the planner hopes for an early end and reads the tenant's suppressions.
              (select count(*) from suppressions s
                where s.tenant_id = m.tenant_id and s.address = m.recipient_canonical
                  and s.topic in ('', coalesce(m.topic, '')) and (s.expires_at is null or s.expires_at > $2)
              ) > 0 as is_suppressed
  )
  select w.walked_to, l.*
    from (select (select tenant_id from walk where step = $7) as walked_to) w
    left join leased l on true`;

/** Ends leased messages whose address is suppressed, untried; answers which, and whom to tell. */
export async function suppressLeased(
  db: Queryable,
  worker: string,
  list: { id: string; attempt: number }[],
  now: Date,
): Promise<{ ids: string[]; tenants: string[]; webhooks: boolean }> {
  const { rows } = await db.query<{ ids: string[] | null; tenants: string[] | null; webhooks: boolean }>({
    name: 'outbound_messages.suppress_leased',
    text: `
      with ended as (
        update outbound_messages m
           set status = 'suppressed', due_at = null, leased_by = null, attempt = m.attempt - 1
          from unnest($2::uuid[], $3::int[]) as l (id, attempt), suppressions s
         where m.id = l.id and m.leased_by = $1 and m.attempt = l.attempt and m.status = 'queued'
           and s.tenant_id = m.tenant_id and s.address = m.recipient_canonical
           and s.topic in ('', coalesce(m.topic, '')) and (s.expires_at is null or s.expires_at > $4)
        returning m.id, m.tenant_id, m.email_id, s.reason, s.expires_at
      ),
      ${appendingEvents(
        `select new_id($4) as id, tenant_id, email_id, id as message_id, 'email.suppressed' as type,
                jsonb_build_object('suppression', jsonb_build_object(
                  'reason', reason,
                  'expires_at', to_char(expires_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'))) as detail
           from ended`,
        '$4',
      )}
      select array_agg(id) as ids, array_agg(distinct tenant_id) as tenants, exists (select from new_delivery) as webhooks
        from ended`,
    values: [worker, list.map(({ id }) => id), list.map(({ attempt }) => attempt), now],
  });
  return { ids: rows[0]?.ids ?? [], tenants: rows[0]?.tenants ?? [], webhooks: rows[0]?.webhooks ?? false };
}

/** Keeps the leases of a worker that is alive; what is gone from it meanwhile is not taken back. */
export async function renewLeases(
  db: Queryable,
  worker: string,
  ids: string[],
  now: Date,
  lease_s: number,
): Promise<void> {
  await db.query({
    name: 'outbound_messages.renew_leases',
    text: `
      update outbound_messages set due_at = $3::timestamptz + make_interval(secs => $4)
       where id = any ($2::uuid[]) and leased_by = $1 and status = 'queued'`,
    values: [worker, ids, now, lease_s],
  });
}

/**
 * Gives leases back untried, as when the server is known to be away: the conversation that was not does not count. One that
 * comes back as new, and was never tried, has been queued for no time then.
 */
export async function postponeLeases(
  db: Queryable,
  worker: string,
  list: { message_id: string; attempt: number; due_at: Date; as_new: boolean }[],
): Promise<void> {
  await db.query({
    name: 'outbound_messages.postpone_leases',
    text: `
      update outbound_messages m
         set due_at = p.due_at, leased_by = null, attempt = m.attempt - 1,
             queued_at = case when p.as_new and m.attempt = 1 then p.due_at else m.queued_at end
        from unnest($2::uuid[], $3::int[], $4::timestamptz[], $5::boolean[]) as p (message_id, attempt, due_at, as_new)
       where m.id = p.message_id and m.leased_by = $1 and m.attempt = p.attempt and m.status = 'queued'`,
    values: [
      worker,
      list.map((p) => p.message_id),
      list.map((p) => p.attempt),
      list.map((p) => p.due_at),
      list.map((p) => p.as_new),
    ],
  });
}
