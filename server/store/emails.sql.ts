import type { MailSource, MessageStatus } from '../generated/types.gen.ts';
import type { Queryable } from './database.ts';

export interface EmailRow {
  id: string;
  source: MailSource;
  mail_from: string;
  from_header: string;
  subject: string;
  tags: Record<string, string>;
  metadata: Record<string, unknown>;
  scheduled_at: Date | null;
  created_at: Date;
}

export interface EmailContentRow extends EmailRow {
  format: 'composed' | 'raw';
  content: Buffer;
}

export interface EmailFilter {
  status: MessageStatus | undefined;
  /** Canonical form, as are the next. */
  recipient: string | undefined;
  from: string | undefined;
  tag: { name: string; value: string | undefined } | undefined;
  created_after: Date | undefined;
  created_before: Date | undefined;
}

/** Newest first, by keyset. */
export async function listEmails(
  db: Queryable,
  tenant_id: string,
  filter: EmailFilter,
  before: string | undefined,
  limit: number,
): Promise<EmailRow[]> {
  const { rows } = await db.query<EmailRow>({
    name: `emails.list_emails.${shapeOf(filter)}`,
    text: `
      select m.id, m.source, m.mail_from, m.from_header, m.subject, m.tags, m.metadata, m.scheduled_at, m.created_at
        from emails m ${filter.status !== undefined && EXITS.has(filter.status) ? joinExits(filter.status) : ''}
       where m.tenant_id = $1 and m.id < ${BEFORE}
         and ($3::timestamptz is null or m.created_at >= $3)
         and ($4::timestamptz is null or m.created_at < $4)
         ${filter.from === undefined ? 'and $5::text is null' : 'and m.from_address = $5'}
         ${tagClause(filter)}
         ${filter.recipient === undefined ? 'and $8::text is null' : RECIPIENT}
         ${filter.status === undefined ? 'and $9::message_status is null' : STATUS}
       order by m.id desc limit $10`,
    values: [
      tenant_id,
      before,
      filter.created_after,
      filter.created_before,
      filter.from,
      filter.tag?.name,
      filter.tag?.value,
      filter.recipient,
      filter.status,
      limit,
    ],
  });
  return rows;
}

const RECIPIENT = `and m.id in (
  select o.email_id from outbound_messages o where o.tenant_id = $1 and o.recipient_canonical = $8)`;
const STATUSES = 'array(select o.status from outbound_messages o where o.id = any (m.message_ids))';
/** The sum is `emailStatus` in SQL. It is always the status of one of the messages, which is cheaper to look for. */
const STATUS = `and $9 = any (${STATUSES}) and $9 = email_status(${STATUSES})`;
/** Not "$2 is null or": a range of the index rather than a walk from its end. */
const BEFORE = `coalesce($2::uuid, 'ffffffff-ffff-ffff-ffff-ffffffffffff')`;

/** The rare ways out: what the partial index outbound_messages_exits holds. */
const EXITS: ReadonlySet<MessageStatus> = new Set(['suppressed', 'canceled', 'failed', 'bounced', 'complained']);

/** A sieve in the order of the list. The index serves only a status that the statement names. */
function joinExits(status: MessageStatus): string {
  return `join (
          select distinct o.email_id from outbound_messages o
           where o.tenant_id = $1 and o.status = '${status}' and o.email_id < ${BEFORE}
           order by o.email_id desc
        ) o on o.email_id = m.id`;
}

function tagClause({ tag }: EmailFilter): string {
  if (!tag) return 'and $6::text is null and $7::text is null';
  // `tags <> '{}'` lets the partial index serve.
  return tag.value === undefined
    ? `and m.tags <> '{}' and m.tags ? $6 and $7::text is null`
    : `and m.tags <> '{}' and m.tags @> jsonb_build_object($6::text, $7::text)`;
}

/** Each combination of filters is a statement of its own, with a plan of its own. */
function shapeOf({ from, tag, recipient, status }: EmailFilter): string {
  return [
    from && 'from',
    tag && (tag.value === undefined ? 'tag' : 'tag_value'),
    recipient && 'recipient',
    status && (EXITS.has(status) ? `status_${status}` : 'status'),
  ]
    .filter(Boolean)
    .join('+');
}

export async function findEmail(db: Queryable, tenant_id: string, id: string): Promise<EmailContentRow | undefined> {
  const { rows } = await db.query<EmailContentRow>({
    name: 'emails.find_email',
    text: `
      select id, source, mail_from, from_header, subject, tags, metadata, scheduled_at, created_at, format, content
        from emails where tenant_id = $1 and id = $2`,
    values: [tenant_id, id],
  });
  return rows[0];
}

export interface ContentRow {
  tenant_id: string;
  id: string;
  source: MailSource;
  mail_from: string;
  from_address: string;
  format: 'composed' | 'raw';
  created_at: Date;
  size_bytes: number;
  /** JSON of one composed, the bytes of a raw one; null when it is over the limit that was asked for. */
  content: string | Buffer | null;
}

/** The contents of some emails, for delivery; of those over `limit_bytes` only the size. */
export async function loadContents(
  db: Queryable,
  emails: { tenant_id: string; email_id: string }[],
  limit_bytes: number,
): Promise<ContentRow[]> {
  const { rows } = await db.query<ContentRow & { json: string | null }>({
    name: 'emails.load_contents',
    text: `
      select m.tenant_id, m.id, m.source, m.mail_from, m.from_address, m.format, m.created_at,
             octet_length(m.content) as size_bytes,
             case when octet_length(m.content) <= $3 and m.format = 'raw' then m.content end as content,
             -- As text, for bytes would travel as hexadecimal digits and be JSON only after two more conversions.
             case when octet_length(m.content) <= $3 and m.format = 'composed' then convert_from(m.content, 'UTF8') end as json
        from unnest($1::uuid[], $2::uuid[]) as wanted (tenant_id, id)
        join emails m using (tenant_id, id)`,
    values: [emails.map((e) => e.tenant_id), emails.map((e) => e.email_id), limit_bytes],
  });
  return rows.map(({ json, ...row }) => ({ ...row, content: json ?? row.content }));
}

export async function emailExists(db: Queryable, tenant_id: string, id: string): Promise<boolean> {
  const { rowCount } = await db.query({
    name: 'emails.email_exists',
    text: 'select from emails where tenant_id = $1 and id = $2',
    values: [tenant_id, id],
  });
  return rowCount === 1;
}
