import type { PlannedEmail, Unit } from './accept-unit.ts';
import { binaryArrays } from './binary-arrays.ts';
import type { Cell, ColumnType } from './binary-cells.ts';
import { copyRows } from './copy-rows.ts';
import type { Database } from './database.ts';
import { insertingDeliveries } from './events.sql.ts';
import type { Step } from './pipeline.ts';

/**
 * Group commit for units whose keys are all new and whose recipients are not suppressed, which is nearly always so: their
 * rows are copied into the tables in one transaction and one round trip. Otherwise nothing is written: undefined.
 */
export async function copyUnits(db: Database, units: Unit[], now: Date): Promise<{ webhooks: boolean } | undefined> {
  const { keys, emails, messages, events, contents_bytes } = rowsOf(units, now);
  const steps = [
    refuseSuppressed(units, now),
    // The keys come early, so that a taken one is found before there is much to undo.
    copyInto(KEYS, keys, keys.length * 600),
    copyInto(EMAILS, emails, contents_bytes + emails.length * 512),
    copyInto(MESSAGES, messages, messages.length * 256),
    copyInto(EVENTS, events, events.length * 192),
    insertDeliveries(units, now),
  ];
  try {
    const counts = await db.pipeline(steps);
    return { webhooks: counts.at(-1) !== 0 };
  } catch (error) {
    if (REFUSED.has((error as { code?: string }).code ?? '')) return undefined;
    throw error;
  }
}

/** A key that is there, be it one that has expired; `refuse_suppressed()`. */
const REFUSED: ReadonlySet<string> = new Set(['23505', 'KX001']);

interface Table {
  name: string;
  text: string;
  types: ColumnType[];
}

function table(name: string, columns: Record<string, ColumnType>): Table {
  return {
    name: `${name}.copy`,
    text: `copy ${name} (${Object.keys(columns).join(', ')}) from stdin (format binary)`,
    types: Object.values(columns),
  };
}

function copyInto({ name, text, types }: Table, rows: Cell[][], guess_bytes: number): Step {
  return { name, text, values: [], rows: copyRows(types, rows, guess_bytes) };
}

const KEYS = table('idempotency_keys', {
  tenant_id: 'uuid',
  key: 'text',
  operation: 'text',
  fingerprint: 'bytea',
  status: 'int4',
  answer: 'bytea',
  sealed: 'bool',
  email_ids: 'uuid[]',
  created_at: 'timestamptz',
  expires_at: 'timestamptz',
});

const EMAILS = table('emails', {
  tenant_id: 'uuid',
  id: 'uuid',
  source: 'text',
  mail_from: 'text',
  from_header: 'text',
  from_address: 'text',
  subject: 'text',
  tags: 'jsonb',
  metadata: 'jsonb',
  format: 'text',
  content: 'bytea',
  scheduled_at: 'timestamptz',
  created_at: 'timestamptz',
  message_ids: 'uuid[]',
});

const MESSAGES = table('outbound_messages', {
  id: 'uuid',
  tenant_id: 'uuid',
  email_id: 'uuid',
  recipient: 'text',
  recipient_canonical: 'text',
  kind: 'text',
  bulk: 'bool',
  topic: 'text',
  status: 'text',
  due_at: 'timestamptz',
  queued_at: 'timestamptz',
});

const EVENTS = table('events', {
  id: 'uuid',
  tenant_id: 'uuid',
  email_id: 'uuid',
  message_id: 'uuid',
  type: 'text',
  detail: 'jsonb',
  created_at: 'timestamptz',
});

function rowsOf(units: Unit[], now: Date) {
  const keys = units.flatMap((unit) => keyRow(unit, now)).sort(byKey);
  const emails: Cell[][] = [];
  const messages: Cell[][] = [];
  const events: Cell[][] = [];
  let contents_bytes = 0;
  for (const { tenant_id, emails: planned } of units) {
    for (const email of planned) {
      emails.push(emailRow(tenant_id, email, now));
      contents_bytes += email.content.length;
      for (const { event, event_id, ...m } of email.messages) {
        const due_at = m.status === 'suppressed' ? null : m.due_at;
        const queued_at = m.status === 'queued' ? now : null;
        messages.push([
          m.id,
          tenant_id,
          email.id,
          m.recipient,
          m.canonical,
          m.kind,
          m.bulk,
          m.topic,
          m.status,
          due_at,
          queued_at,
        ]);
        const detail = event.detail ? JSON.stringify(event.detail) : null;
        events.push([event_id, tenant_id, email.id, m.id, event.type, detail, now]);
      }
    }
  }
  return { keys, emails, messages, events, contents_bytes };
}

function keyRow({ tenant_id, idempotency, emails }: Unit, now: Date): Cell[][] {
  if (!idempotency) return [];
  const { key, operation, fingerprint, status, answer, expires_at } = idempotency;
  const email_ids = emails.map(({ id }) => id);
  return [[tenant_id, key, operation, fingerprint, status, answer, false, email_ids, now, expires_at]];
}

/** In order, so that two processes with the same keys wait for each other rather than deadlock. */
function byKey([tenant_a, key_a]: Cell[], [tenant_b, key_b]: Cell[]): number {
  if (tenant_a !== tenant_b) return (tenant_a as string) < (tenant_b as string) ? -1 : 1;
  return (key_a as string) < (key_b as string) ? -1 : 1;
}

function emailRow(tenant_id: string, e: PlannedEmail, now: Date): Cell[] {
  return [
    tenant_id,
    e.id,
    e.source,
    e.mail_from,
    e.from_header,
    e.from_address,
    e.subject,
    e.tags,
    e.metadata,
    e.format,
    e.content,
    e.scheduled_at,
    now,
    e.messages.map(({ id }) => id),
  ];
}

/** Ends the transaction when one of the recipients is suppressed and not yet marked so. */
function refuseSuppressed(units: Unit[], now: Date): Step {
  const recipients = units.flatMap(({ tenant_id, emails }) =>
    emails.flatMap(({ messages }) =>
      messages.filter((m) => m.status !== 'suppressed').map((m) => [tenant_id, m.canonical, m.topic]),
    ),
  );
  return {
    name: 'suppressions.refuse_suppressed',
    text: `
      select refuse_suppressed()
        from unnest($1::uuid[], $2::text[], $3::text[]) as m (tenant_id, canonical, topic)
        join suppressions s on s.tenant_id = m.tenant_id and s.address = m.canonical and s.topic in ('', coalesce(m.topic, ''))
       where s.expires_at is null or s.expires_at > $4::timestamptz
       limit 1`,
    values: [...binaryArrays(['uuid', 'text', 'text'], recipients), now.toISOString()],
  };
}

function insertDeliveries(units: Unit[], now: Date): Step {
  const events = units.flatMap(({ tenant_id, emails }) =>
    emails.flatMap(({ messages }) => messages.map((m) => [m.event_id, tenant_id, m.event.type])),
  );
  return {
    name: 'webhook_deliveries.insert_for_new',
    text: insertingDeliveries(
      '(select * from unnest($1::uuid[], $2::uuid[], $3::text[]) as u (id, tenant_id, type))',
      '$4',
    ),
    values: [...binaryArrays(['uuid', 'uuid', 'text'], events), now.toISOString()],
  };
}
