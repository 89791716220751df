import type { NewEvent } from '../events/catalogue.ts';
import type { MessageStatus, SuppressionReason } from '../generated/types.gen.ts';
import { binaryArrays } from './binary-arrays.ts';
import type { Cell, ColumnType } from './binary-cells.ts';
import type { Queryable } from './database.ts';
import { appendingEvents } from './events.sql.ts';
import { OUTLASTING } from './suppressions.sql.ts';

/** How one conversation ended for its message. */
export interface Settlement {
  message_id: string;
  /** The lease's token: nothing is written when the lease has gone to another worker meanwhile. */
  worker: string;
  attempt: number;
  status: MessageStatus;
  /** When to try again; null when the message has left the queue. */
  due_at: Date | null;
  /** Whether this conversation counts against the retry schedule. */
  spends_try: boolean;
  record: AttemptRecord;
  events: (NewEvent & { id: string })[];
  suppression: { reason: SuppressionReason; address: string; expires_at: Date | null } | undefined;
}

export interface AttemptRecord {
  started_at: Date;
  duration_ms: number;
  host: string | null;
  remote_address: string | null;
  /** Our own address on the connection. */
  source_address: string | null;
  /** Null in the clear. */
  tls: { protocol: string; cipher: string; verified: boolean; dane: boolean } | null;
  outcome: 'accepted' | 'deferred' | 'refused' | 'unreachable' | 'uncertain';
  smtp_code: number | null;
  enhanced_code: string | null;
  reply: string;
}

/** What became of a settlement: its tenant, or undefined when the lease was lost. */
export interface Settled {
  tenant_id: string | undefined;
  webhooks: boolean;
}

/** Settles many conversations in one statement: message, attempt, events, webhook deliveries, suppressions. */
export async function settle(db: Queryable, settlements: Settlement[], now: Date): Promise<Settled[]> {
  const latest = underLatestLeases(settlements);
  const { rows } = await db.query<{ id: string; tenant_id: string; webhooks: boolean }>({
    name: 'settlements.settle',
    text: SETTLE,
    values: [now, ...columnsOf([...latest.values()])],
  });
  const byId = new Map(rows.map((row) => [row.id, row]));
  return settlements.map((settlement) => {
    const { message_id } = settlement;
    const row = latest.get(message_id) === settlement ? byId.get(message_id) : undefined;
    return { tenant_id: row?.tenant_id, webhooks: row?.webhooks ?? false };
  });
}

/** A worker whose lease ran out may lease the message again and end both conversations at once: the first one's is lost. */
function underLatestLeases(settlements: Settlement[]): Map<string, Settlement> {
  const latest = new Map<string, Settlement>();
  for (const settlement of settlements) {
    const other = latest.get(settlement.message_id);
    if (!other || other.attempt < settlement.attempt) latest.set(settlement.message_id, settlement);
  }
  return latest;
}

const SETTLE = `
  with result as materialized (
    select * from unnest($2::uuid[], $3::text[], $4::int[], $5::text[], $6::timestamptz[], $7::int[],
                         $8::timestamptz[], $9::int[], $10::text[], $11::text[], $12::text[], $13::text[], $14::text[],
                         $15::boolean[], $16::text[], $17::int[], $18::text[], $19::text[], $20::boolean[])
      as r (message_id, worker, attempt, status, due_at, tries, started_at, duration_ms, host, remote_address,
            source_address, tls_protocol, tls_cipher, tls_verified, outcome, smtp_code, enhanced_code, reply, tls_dane)
  ),
  settled as (
    update outbound_messages m
       set status = r.status::message_status, due_at = r.due_at, leased_by = null, tries = m.tries + r.tries,
           last_source = r.source_address, last_smtp_code = r.smtp_code, last_enhanced_code = r.enhanced_code, last_reply = r.reply
      from result r
     where m.id = r.message_id and m.leased_by = r.worker and m.attempt = r.attempt and m.status = 'queued'
    returning m.id, m.tenant_id, m.email_id
  ),
  new_attempt as (
    insert into attempts (message_id, number, started_at, duration_ms, host, remote_address, source_address, tls_protocol,
                          tls_cipher, tls_verified, tls_dane, outcome, smtp_code, enhanced_code, reply)
    select r.message_id, r.attempt, r.started_at, r.duration_ms, r.host, r.remote_address, r.source_address,
           r.tls_protocol, r.tls_cipher, r.tls_verified, r.tls_dane, r.outcome::attempt_outcome, r.smtp_code, r.enhanced_code,
           r.reply
      from result r join settled s on s.id = r.message_id
  ),
  new_suppression as (
    insert into suppressions as old (tenant_id, address, reason, source_message_id, diagnostic, created_at, expires_at)
    select distinct on (s.tenant_id, p.address)
           s.tenant_id, p.address, p.reason, s.id, p.diagnostic, $1, p.expires_at
      from unnest($21::uuid[], $22::text[], $23::text[], $24::timestamptz[], $25::text[])
             as p (message_id, address, reason, expires_at, diagnostic)
      join settled s on s.id = p.message_id
     order by s.tenant_id, p.address, p.expires_at desc nulls first
    ${OUTLASTING}
  ),
  ${appendingEvents(
    `select n.id, s.tenant_id, s.email_id, s.id as message_id, n.type, n.detail
       from unnest($26::uuid[], $27::uuid[], $28::text[], $29::jsonb[]) as n (message_id, id, type, detail)
       join settled s on s.id = n.message_id`,
    '$1',
  )}
  select id, tenant_id, exists (select from new_delivery) as webhooks from settled`;

const RESULT_COLUMNS: ColumnType[] = [
  ...(['uuid', 'text', 'int4', 'text', 'timestamptz', 'int4'] as const),
  ...(['timestamptz', 'int4', 'text', 'text', 'text'] as const),
  ...(['text', 'text', 'bool'] as const),
  ...(['text', 'int4', 'text', 'text', 'bool'] as const),
];
const SUPPRESSION_COLUMNS: ColumnType[] = ['uuid', 'text', 'text', 'timestamptz', 'text'];
const EVENT_COLUMNS: ColumnType[] = ['uuid', 'uuid', 'text', 'jsonb'];

function columnsOf(settlements: Settlement[]): Buffer[] {
  const suppressions = settlements.flatMap(({ message_id, record, suppression: p }) =>
    p ? [[message_id, p.address, p.reason, p.expires_at, record.reply]] : [],
  );
  const events = settlements.flatMap(({ message_id, events }) =>
    events.map(({ id, type, detail }) => [message_id, id, type, detail ? JSON.stringify(detail) : null]),
  );
  return [
    ...binaryArrays(RESULT_COLUMNS, settlements.map(rowOf)),
    ...binaryArrays(SUPPRESSION_COLUMNS, suppressions),
    ...binaryArrays(EVENT_COLUMNS, events),
  ];
}

/** By the columns of `result`. */
function rowOf({ message_id, worker, attempt, status, due_at, spends_try, record }: Settlement): Cell[] {
  const { started_at, duration_ms, host, remote_address, source_address, tls, outcome, ...reply } = record;
  return [
    ...[message_id, worker, attempt, status, due_at, spends_try ? 1 : 0],
    ...[started_at, duration_ms, host, remote_address, source_address],
    ...[tls?.protocol ?? null, tls?.cipher ?? null, tls?.verified ?? false],
    ...[outcome, reply.smtp_code, reply.enhanced_code, reply.reply, tls?.dane ?? false],
  ];
}
