import type { SuppressionReason } from '../generated/types.gen.ts';
import type { CommitOutcome, PlannedEmail, Unit, UnitIdempotency } from './accept-unit.ts';
import { binaryArrays } from './binary-arrays.ts';
import type { Cell, ColumnType } from './binary-cells.ts';
import type { Queryable } from './database.ts';
import { appendingEvents } from './events.sql.ts';

/**
 * Group commit: many requests in one statement, which is one transaction and one flush. Each unit goes in whole, unless
 * one of its recipients is suppressed (and not yet marked so) or its idempotency key is taken.
 *
 * All contents travel as one binary parameter that is cut up by offset: no escaping, no hexadecimal. The rows travel as
 * arrays, one a column. Keys are inserted in order, so that two processes with the same keys wait for each other rather
 * than deadlock.
 */
export async function commitUnits(db: Queryable, units: Unit[], now: Date): Promise<CommitOutcome[]> {
  const { rows } = await db.query<OutcomeRow>({
    name: 'accept.commit_units',
    text: COMMIT,
    values: parameters(units, now),
  });
  const outcomes: CommitOutcome[] = units.map(() => ({ kind: 'key-taken' }));
  for (const { unit, canonical, reason, expires_at, webhooks } of rows) {
    const known = outcomes[unit];
    if (canonical === null || reason === null) outcomes[unit] = { kind: 'committed', webhooks };
    else if (known?.kind === 'suppressed') known.hits.push({ canonical, reason, expires_at });
    else outcomes[unit] = { kind: 'suppressed', hits: [{ canonical, reason, expires_at }] };
  }
  return outcomes;
}

interface OutcomeRow {
  unit: number;
  canonical: string | null;
  reason: SuppressionReason | null;
  expires_at: Date | null;
  webhooks: boolean;
}

const COMMIT = `
  with unit as materialized (
    select * from unnest($3::int[], $4::uuid[], $5::text[], $6::text[], $7::bytea[], $8::int[], $9::int[], $10::int[],
                         $11::text[], $12::timestamptz[])
      as u (unit, tenant_id, key, operation, fingerprint, status, answer_at, answer_length, email_ids, expires_at)
  ),
  email as materialized (
    select * from unnest($13::int[], $14::uuid[], $15::text[], $16::text[], $17::text[], $18::text[], $19::text[],
                         $20::jsonb[], $21::jsonb[], $22::text[], $23::int[], $24::int[], $25::timestamptz[])
      as e (unit, id, source, mail_from, from_header, from_address, subject, tags, metadata, format, content_at,
            content_length, scheduled_at)
  ),
  message as materialized (
    select * from unnest($26::int[], $27::uuid[], $28::uuid[], $29::text[], $30::text[], $31::text[], $32::boolean[],
                         $33::text[], $34::text[], $35::timestamptz[], $36::uuid[], $37::text[], $38::jsonb[])
      as m (unit, email_id, id, recipient, canonical, kind, bulk, topic, status, due_at, event_id, event_type, event_detail)
  ),
  hit as materialized (
    select distinct m.unit, m.canonical, s.reason, s.expires_at
      from message m
      join unit u using (unit)
      join suppressions s on s.tenant_id = u.tenant_id and s.address = m.canonical and s.topic in ('', coalesce(m.topic, ''))
     where m.status <> 'suppressed' and (s.expires_at is null or s.expires_at > $1)
  ),
  claim as (
    insert into idempotency_keys as k
           (tenant_id, key, operation, fingerprint, status, answer, sealed, email_ids, created_at, expires_at)
    select u.tenant_id, u.key, u.operation, u.fingerprint, u.status, substr($2::bytea, u.answer_at, u.answer_length), false,
           u.email_ids::uuid[], $1, u.expires_at
      from unit u
     where u.key is not null and not exists (select from hit h where h.unit = u.unit)
     order by u.tenant_id, u.key collate "C"
    on conflict (tenant_id, key) do update
       set operation = excluded.operation, fingerprint = excluded.fingerprint, status = excluded.status,
           answer = excluded.answer, sealed = excluded.sealed, email_ids = excluded.email_ids,
           created_at = excluded.created_at, expires_at = excluded.expires_at
     where k.expires_at <= $1
    returning k.tenant_id, k.key
  ),
  go as materialized (
    -- Joins, for an "exists" under an "or" would be looked up anew for each unit.
    select u.unit, u.tenant_id
      from unit u
      left join claim c on c.tenant_id = u.tenant_id and c.key = u.key
     where (u.key is null or c.key is not null) and not exists (select from hit h where h.unit = u.unit)
  ),
  new_email as (
    insert into emails (tenant_id, id, source, mail_from, from_header, from_address, subject, tags, metadata, format,
                        content, scheduled_at, created_at, message_ids)
    select g.tenant_id, e.id, e.source::email_source, e.mail_from, e.from_header, e.from_address, e.subject, e.tags,
           e.metadata, e.format::email_format, substr($2::bytea, e.content_at, e.content_length), e.scheduled_at, $1,
           o.message_ids
      from email e
      join go g using (unit)
      left join (select m.email_id, array_agg(m.id) as message_ids from message m group by m.email_id) o on o.email_id = e.id
  ),
  new_message as (
    insert into outbound_messages (id, tenant_id, email_id, recipient, recipient_canonical, kind, bulk, topic, status,
                                   due_at, queued_at)
    select m.id, g.tenant_id, m.email_id, m.recipient, m.canonical, m.kind::recipient_kind, m.bulk, m.topic,
           m.status::message_status, case when m.status <> 'suppressed' then m.due_at end,
           case when m.status = 'queued' then $1 end
      from message m join go g using (unit)
  ),
  ${appendingEvents(
    `select m.event_id as id, g.tenant_id, m.email_id, m.id as message_id, m.event_type as type, m.event_detail as detail
       from message m join go g using (unit)`,
    '$1',
  )}
  select g.unit, null as canonical, null as reason, null::timestamptz as expires_at,
         exists (select from new_delivery) as webhooks
    from go g
  union all
  select h.unit, h.canonical, h.reason, h.expires_at, false from hit h`;

const UNIT_COLUMNS: readonly ColumnType[] = [
  'int4', // unit
  'uuid', // tenant_id
  'text', // key
  'text', // operation
  'bytea', // fingerprint
  'int4', // status
  'int4', // answer_at
  'int4', // answer_length
  'text', // email_ids
  'timestamptz', // expires_at
];

const EMAIL_COLUMNS: readonly ColumnType[] = [
  'int4', // unit
  'uuid', // id
  'text', // source
  'text', // mail_from
  'text', // from_header
  'text', // from_address
  'text', // subject
  'jsonb', // tags
  'jsonb', // metadata
  'text', // format
  'int4', // content_at
  'int4', // content_length
  'timestamptz', // scheduled_at
];

const MESSAGE_COLUMNS: readonly ColumnType[] = [
  'int4', // unit
  'uuid', // email_id
  'uuid', // id
  'text', // recipient
  'text', // canonical
  'text', // kind
  'bool', // bulk
  'text', // topic
  'text', // status
  'timestamptz', // due_at
  'uuid', // event_id
  'text', // event_type
  'jsonb', // event_detail
];

function parameters(units: Unit[], now: Date): unknown[] {
  const chunks: Buffer[] = [];
  let length = 0;
  /** Appends bytes to the one binary parameter; the place counts from 1, as `substr` does. */
  const store = (bytes: Buffer): number => {
    chunks.push(bytes);
    length += bytes.length;
    return length - bytes.length + 1;
  };
  const unit_rows: Cell[][] = [];
  const email_rows: Cell[][] = [];
  const message_rows: Cell[][] = [];
  units.forEach(({ tenant_id, idempotency, emails }, unit) => {
    unit_rows.push([unit, tenant_id, ...(idempotency ? recordOf(idempotency, emails, store) : NO_RECORD)]);
    for (const e of emails) {
      email_rows.push([
        unit,
        e.id,
        e.source,
        e.mail_from,
        e.from_header,
        e.from_address,
        e.subject,
        e.tags,
        e.metadata,
        e.format,
        store(e.content),
        e.content.length,
        e.scheduled_at,
      ]);
      for (const { event, ...m } of e.messages) {
        const detail = event.detail ? JSON.stringify(event.detail) : null;
        message_rows.push([
          unit,
          e.id,
          m.id,
          m.recipient,
          m.canonical,
          m.kind,
          m.bulk,
          m.topic,
          m.status,
          m.due_at,
          m.event_id,
          event.type,
          detail,
        ]);
      }
    }
  });
  return [
    now,
    Buffer.concat(chunks, length),
    ...binaryArrays(UNIT_COLUMNS, unit_rows),
    ...binaryArrays(EMAIL_COLUMNS, email_rows),
    ...binaryArrays(MESSAGE_COLUMNS, message_rows),
  ];
}

const NO_RECORD: readonly Cell[] = new Array(8).fill(null);

function recordOf(
  { key, operation, fingerprint, status, answer, expires_at }: UnitIdempotency,
  emails: PlannedEmail[],
  store: (bytes: Buffer) => number,
): Cell[] {
  const email_ids = `{${emails.map((email) => email.id).join()}}`;
  return [key, operation, fingerprint, status, store(answer), answer.length, email_ids, expires_at];
}
