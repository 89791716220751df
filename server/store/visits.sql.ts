import { binaryArrays } from './binary-arrays.ts';
import type { Queryable } from './database.ts';
import { appendingEvents } from './events.sql.ts';

/** An open or a click of one message. */
export interface VisitRow {
  message_id: string;
  event_id: string;
  type: 'email.opened' | 'email.clicked';
  /** By a program rather than by a person. */
  machine: boolean;
  /** By a program if it came within seconds of the message's departure, else by a person. */
  machine_when_early: boolean;
  user_agent: string | null;
  /** Of a click: where it leads. */
  url: string | null;
}

export interface VisitedTenant {
  tenant_id: string;
  webhooks: boolean;
}

/** A proxy that fetches within this time of the departure does so on its own. */
const EARLY_S = 3;
/** Beyond these a message's visits are counted, but make no events: an address that is known can be asked for without end. */
const MAX_EVENTS = 200;

/**
 * Counts visits and appends their events, in one statement. A status rises by people's visits alone, and only where the
 * message has left and nothing worse has become of it. Answers whose messages they were.
 */
export async function recordVisits(db: Queryable, visits: readonly VisitRow[], now: Date): Promise<VisitedTenant[]> {
  const rows = visits.map((v) => [
    v.message_id,
    v.event_id,
    v.type,
    v.machine,
    v.machine_when_early,
    v.user_agent,
    v.url,
  ]);
  const result = await db.query<VisitedTenant>({
    name: 'visits.record',
    text: RECORD,
    values: [now, ...binaryArrays(['uuid', 'uuid', 'text', 'bool', 'bool', 'text', 'text'], rows)],
  });
  return result.rows;
}

const RECORD = `
  with visit as materialized (
    select v.message_id, v.event_id, v.type, v.user_agent, v.url,
           -- Counted, for with EXISTS a plan made on a small table reads all of it.
           v.machine or (v.machine_when_early and 0 < (
             select count(*) from attempts a
              where a.message_id = v.message_id and a.outcome = 'accepted'
                and a.started_at + make_interval(secs => a.duration_ms / 1000.0 + ${EARLY_S}) > $1)) as machine
      from unnest($2::uuid[], $3::uuid[], $4::text[], $5::boolean[], $6::boolean[], $7::text[], $8::text[])
        as v (message_id, event_id, type, machine, machine_when_early, user_agent, url)
  ),
  tally as (
    select message_id,
           count(*) filter (where type = 'email.opened' and not machine)::int as opens,
           count(*) filter (where type = 'email.opened' and machine)::int as machine_opens,
           count(*) filter (where type = 'email.clicked' and not machine)::int as clicks,
           count(*) filter (where type = 'email.clicked' and machine)::int as machine_clicks
      from visit group by message_id
  ),
  counted as (
    update outbound_messages m
       set opens = m.opens + t.opens, machine_opens = m.machine_opens + t.machine_opens,
           clicks = m.clicks + t.clicks, machine_clicks = m.machine_clicks + t.machine_clicks,
           status = case
             when m.status not in ('sent', 'delivered', 'opened') then m.status
             when t.clicks > 0 then 'clicked'
             when t.opens > 0 then 'opened'
             else m.status end
      from tally t
     where m.id = t.message_id
    returning m.id, m.tenant_id, m.email_id,
              m.opens + m.machine_opens + m.clicks + m.machine_clicks as visits
  ),
  ${appendingEvents(
    `select v.event_id as id, c.tenant_id, c.email_id, c.id as message_id, v.type,
            case v.type
              when 'email.opened' then jsonb_build_object('open', jsonb_build_object('machine', v.machine, 'user_agent', v.user_agent))
              else jsonb_build_object('click', jsonb_build_object('url', v.url, 'machine', v.machine, 'user_agent', v.user_agent))
            end as detail
       from visit v join counted c on c.id = v.message_id
      where c.visits <= ${MAX_EVENTS}`,
    '$1',
  )}
  select distinct tenant_id, exists (select from new_delivery) as webhooks from counted`;
