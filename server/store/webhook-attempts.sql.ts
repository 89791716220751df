import type { WebhookDeliveryState, WebhookDisabledReason } from '../generated/types.gen.ts';
import type { Queryable } from './database.ts';

/** How a try ended, and what becomes of its delivery. */
export interface SettledTry {
  delivery_id: string;
  endpoint_id: string;
  attempt: number;
  /** `gone`: the endpoint wants no more. `interrupted`: cut off by us, which says nothing about the endpoint. */
  outcome: 'delivered' | 'failed' | 'gone' | 'interrupted';
  state: WebhookDeliveryState;
  /** Set while the state is `pending`. */
  due_at: Date | null;
  tries: number;
  started_at: Date;
  duration_ms: number;
  status_code: number | null;
  error: string | null;
  response_excerpt: string | null;
}

export interface Settlement {
  /** The deliveries whose lease still held; the others belong to another worker by now, and nothing was written. */
  settled: string[];
  /** Endpoints that this disabled. */
  disabled: { id: string; reason: WebhookDisabledReason }[];
}

/**
 * Writes the outcomes of tries under a check on their leases, and what they say about their endpoints: a success clears
 * an endpoint's failures; a failure is remembered and, when there was no success for `failing_days`, disables it.
 */
export async function settle(
  db: Queryable,
  worker: string,
  tries: readonly SettledTry[],
  now: Date,
  failing_days: number,
): Promise<Settlement> {
  const { rows } = await db.query<{ settled: string[] | null; disabled: Settlement['disabled'] | null }>({
    name: 'webhook_attempts.settle',
    text: `
      with try as materialized (
        select * from unnest($4::uuid[], $5::uuid[], $6::int[], $7::text[], $8::text[], $9::timestamptz[], $10::int[],
                             $11::timestamptz[], $12::int[], $13::int[], $14::text[], $15::text[])
          as t (delivery_id, endpoint_id, attempt, outcome, state, due_at, tries, started_at, duration_ms, status_code, error,
                response_excerpt)
      ),
      settled as (
        update webhook_deliveries d
           set state = case when t.state = 'pending' and e.state = 'disabled' then 'exhausted' else t.state end,
               due_at = case when t.state = 'pending' and e.state = 'disabled' then null else t.due_at end,
               leased_by = null, tries = t.tries
          from try t left join webhook_endpoints e on e.id = t.endpoint_id
         where d.id = t.delivery_id and d.leased_by = $1 and d.attempt = t.attempt
        returning t.*
      ),
      recorded as (
        insert into webhook_attempts (delivery_id, number, started_at, duration_ms, status_code, error, response_excerpt)
        select delivery_id, attempt, started_at, duration_ms, status_code, error, response_excerpt from settled
      ),
      said as materialized (
        select endpoint_id, bool_or(outcome = 'gone') as gone,
               bool_or(outcome = 'delivered') and not bool_or(outcome = 'gone') as well,
               (array_agg(error order by outcome = 'gone' desc, started_at desc) filter (where outcome <> 'delivered'))[1] as failure
          from settled where outcome <> 'interrupted' group by endpoint_id
      ),
      -- In order, so that two workers wait for each other rather than deadlock; and only where there is something new.
      touched as materialized (
        select e.id, s.well, s.gone, s.failure,
               e.state = 'enabled' and (s.gone or not s.well and e.failing_since <= $2::timestamptz - make_interval(days => $3)) as ends
          from webhook_endpoints e join said s on s.endpoint_id = e.id
         where not s.well or e.failing_since is not null
         order by e.id for no key update of e
      ),
      judged as (
        update webhook_endpoints e
           set failing_since = case when not t.well then coalesce(e.failing_since, $2) end,
               last_failure = case when not t.well then t.failure end,
               state = case when t.ends then 'disabled' else e.state end,
               disabled_reason = case when t.ends then case when t.gone then 'gone' else 'failing' end else e.disabled_reason end,
               disabled_at = case when t.ends then $2 else e.disabled_at end,
               updated_at = case when t.ends then $2 else e.updated_at end
          from touched t where e.id = t.id
        returning e.id, e.disabled_reason as reason, t.ends
      )
      select (select array_agg(delivery_id) from settled) as settled,
             (select json_agg(json_build_object('id', id, 'reason', reason)) from judged where ends) as disabled`,
    values: [worker, now, failing_days, ...columns(tries)],
  });
  return { settled: rows[0]?.settled ?? [], disabled: rows[0]?.disabled ?? [] };
}

function columns(tries: readonly SettledTry[]): unknown[][] {
  return [
    tries.map((t) => t.delivery_id),
    tries.map((t) => t.endpoint_id),
    tries.map((t) => t.attempt),
    tries.map((t) => t.outcome),
    tries.map((t) => t.state),
    tries.map((t) => t.due_at),
    tries.map((t) => t.tries),
    tries.map((t) => t.started_at),
    tries.map((t) => t.duration_ms),
    tries.map((t) => t.status_code),
    tries.map((t) => t.error),
    tries.map((t) => t.response_excerpt),
  ];
}

/** Deletes up to `limit` deliveries that are over and older than that, each with its attempts; answers how many. */
export async function purgeDeliveries(db: Queryable, before: Date, limit: number): Promise<number> {
  const { rowCount } = await db.query({
    name: 'webhook_attempts.purge_deliveries',
    text: `
      delete from webhook_deliveries where state <> 'pending' and id in (
        select id from webhook_deliveries
         where id < (select new_id($1)) and state <> 'pending'
         order by id limit $2 for update skip locked)`,
    values: [before, limit],
  });
  return rowCount ?? 0;
}
