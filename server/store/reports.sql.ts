import type { NewEvent } from '../events/catalogue.ts';
import type { MessageStatus, ReportKind, SuppressionReason } from '../generated/types.gen.ts';
import type { Queryable } from './database.ts';
import { appendingEvents } from './events.sql.ts';
import { OUTLASTING } from './suppressions.sql.ts';

/** The message that a report may be about. */
export interface ConcernedMessage {
  id: string;
  tenant_id: string;
  /** Canonical form. */
  recipient: string;
  attempt: number;
  /** What its recipient can unsubscribe from by itself. */
  topic: string | null;
}

/** Of the ids that a report mentions, the first that is a message of ours. */
export async function findConcerned(db: Queryable, ids: readonly string[]): Promise<ConcernedMessage | undefined> {
  const { rows } = await db.query<ConcernedMessage>({
    name: 'reports.find_concerned',
    text: `
      select id, tenant_id, recipient_canonical as recipient, greatest(attempt, 1) as attempt, topic
        from outbound_messages where id = any ($1::uuid[]) order by array_position($1::uuid[], id) limit 1`,
    values: [ids],
  });
  return rows[0];
}

export interface NewReport {
  id: string;
  message_id: string;
  event_id: string;
  kind: ReportKind;
  signed: boolean;
  mail_from: string;
  rcpt_to: string;
  remote_address: string | null;
  reporting_mta: string | null;
  smtp_code: number | null;
  enhanced_code: string | null;
  diagnostic: string | null;
  feedback_type: string | null;
  size_bytes: number;
  source: Buffer;
  fingerprint: Buffer;
  received_at: Date;
}

/** What a report does to its message, if the message's status is one of `from`. */
export interface ReportEffect {
  from: readonly MessageStatus[];
  /** Undefined: the status stays. */
  to: MessageStatus | undefined;
  event: NewEvent;
  suppression: { reason: SuppressionReason; diagnostic: string; expires_at: Date | null } | undefined;
}

export interface Kept {
  /** `unsettled`: the message is still being sent, so nothing was kept. `known`: kept before. `full`: enough of them. */
  outcome: 'kept' | 'known' | 'unsettled' | 'full';
  tenant_id: string;
  /** Whether it changed the message. */
  effective: boolean;
  webhooks: boolean;
}

/** Reports kept of one message: who sends more floods. Those without proof cannot take the places of the others. */
const MAX_SIGNED = 50;
const MAX_UNSIGNED = 5;

/**
 * Keeps a report and lets its message suffer it, in one statement: both or neither. The same report again changes
 * nothing. Undefined when there is no such message.
 */
export async function keepReport(
  db: Queryable,
  report: NewReport,
  effect: ReportEffect | undefined,
): Promise<Kept | undefined> {
  const { rows } = await db.query<Kept>({ name: 'reports.keep', text: KEEP, values: valuesOf(report, effect) });
  return rows[0];
}

const KEEP = `
  with target as (
    select o.id, o.tenant_id, o.email_id, o.status,
           exists (select from reports r where r.message_id = o.id and r.fingerprint = $16) as known,
           (select count(*) from (select from reports r where r.message_id = o.id limit ${MAX_SIGNED}) counted) as reports
      from outbound_messages o where o.id = $2
  ),
  kept as (
    insert into reports (id, tenant_id, email_id, message_id, event_id, kind, signed, mail_from, rcpt_to, remote_address,
                         reporting_mta, smtp_code, enhanced_code, diagnostic, feedback_type, size_bytes, source,
                         fingerprint, received_at)
    select $1, tenant_id, email_id, id, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17
      from target
     where status not in ('scheduled', 'queued') and reports < case when $5 then ${MAX_SIGNED} else ${MAX_UNSIGNED} end
    on conflict (message_id, fingerprint) do nothing
    returning message_id
  ),
  moved as (
    update outbound_messages m
       set status = coalesce($19::message_status, m.status),
           last_smtp_code = case when $19 is null then m.last_smtp_code else coalesce($10, m.last_smtp_code) end,
           last_enhanced_code = case when $19 is null then m.last_enhanced_code else coalesce($11, m.last_enhanced_code) end,
           last_reply = case when $19 is null then m.last_reply else coalesce($12, m.last_reply) end
      from kept
     where m.id = kept.message_id and m.status = any ($18::message_status[])
    returning m.id, m.tenant_id, m.email_id, m.recipient_canonical, m.topic
  ),
  new_suppression as (
    insert into suppressions as old (tenant_id, address, topic, reason, source_message_id, diagnostic, created_at, expires_at)
    select tenant_id, recipient_canonical, case when $22 = 'unsubscribe' then coalesce(topic, '') else '' end, $22, id, $23,
           $17, $24 from moved where $22::text is not null
    ${OUTLASTING}
  ),
  ${appendingEvents(
    `select $3::uuid as id, tenant_id, email_id, id as message_id, $20::text as type, $21::jsonb as detail from moved`,
    '$17',
  )}
  select case when exists (select from kept) then 'kept'
              when known then 'known'
              when status in ('scheduled', 'queued') then 'unsettled'
              when reports >= case when $5 then ${MAX_SIGNED} else ${MAX_UNSIGNED} end then 'full'
              else 'known' end as outcome,
         tenant_id, exists (select from moved) as effective, exists (select from new_delivery) as webhooks
    from target`;

function valuesOf(report: NewReport, effect: ReportEffect | undefined): unknown[] {
  return [
    report.id,
    report.message_id,
    effect ? report.event_id : null,
    report.kind,
    report.signed,
    report.mail_from,
    report.rcpt_to,
    report.remote_address,
    report.reporting_mta,
    report.smtp_code,
    report.enhanced_code,
    report.diagnostic,
    report.feedback_type,
    report.size_bytes,
    report.source,
    report.fingerprint,
    report.received_at,
    effect?.from ?? [],
    effect?.to ?? null,
    effect?.event.type ?? null,
    effect?.event.detail ? JSON.stringify(effect.event.detail) : null,
    effect?.suppression?.reason ?? null,
    effect?.suppression?.diagnostic ?? null,
    effect?.suppression?.expires_at ?? null,
  ];
}

export interface ReportRow extends Omit<NewReport, 'event_id' | 'source' | 'fingerprint'> {
  email_id: string;
  recipient: string;
  /** Null when it changed nothing. */
  event_id: string | null;
  kept_bytes: number;
}

const COLUMNS = `
  r.id, r.email_id, r.message_id, o.recipient, e.id as event_id, r.kind, r.signed, r.mail_from, r.rcpt_to,
  r.remote_address, r.reporting_mta, r.smtp_code, r.enhanced_code, r.diagnostic, r.feedback_type, r.size_bytes,
  octet_length(r.source) as kept_bytes, r.received_at`;
const JOINS = `
  join outbound_messages o on o.id = r.message_id
  left join events e on e.id = r.event_id`;

/** Newest first, by keyset. */
export async function listReports(
  db: Queryable,
  tenant_id: string,
  filter: { kind: ReportKind | undefined; message_id: string | undefined },
  before: string | undefined,
  limit: number,
): Promise<ReportRow[]> {
  const { rows } = await db.query<ReportRow>({
    name: 'reports.list_reports',
    text: `
      select ${COLUMNS} from reports r ${JOINS}
       where r.tenant_id = $1 and ($2::text is null or r.kind = $2) and ($3::uuid is null or r.message_id = $3)
         and ($4::uuid is null or r.id < $4)
       order by r.id desc limit $5`,
    values: [tenant_id, filter.kind, filter.message_id, before, limit],
  });
  return rows;
}

export async function findReport(db: Queryable, tenant_id: string, id: string): Promise<ReportRow | undefined> {
  const { rows } = await db.query<ReportRow>({
    name: 'reports.find_report',
    text: `select ${COLUMNS} from reports r ${JOINS} where r.id = $2 and r.tenant_id = $1`,
    values: [tenant_id, id],
  });
  return rows[0];
}

export async function readSource(db: Queryable, tenant_id: string, id: string): Promise<Buffer | undefined> {
  const { rows } = await db.query<{ source: Buffer }>({
    name: 'reports.read_source',
    text: 'select source from reports where id = $2 and tenant_id = $1',
    values: [tenant_id, id],
  });
  return rows[0]?.source;
}

/** Deletes up to so many that were received before that time; how many there were. */
export async function purgeReports(db: Queryable, before: Date, limit: number): Promise<number> {
  const { rowCount } = await db.query({
    name: 'reports.purge',
    text: `
      delete from reports where id in (
        select id from reports where received_at < $1 limit $2 for update skip locked)`,
    values: [before, limit],
  });
  return rowCount ?? 0;
}
