import type { Queryable } from './database.ts';

export type Feedback = 'complaint' | 'bounce';

export interface NewCaptured {
  id: string;
  /** The outbound message that it is a copy of. */
  message_id: string;
  mail_from: string;
  /** Canonical form. */
  rcpt_to: string;
  source: Buffer;
  received_at: Date;
  feedback: Feedback | null;
}

/**
 * Keeps a batch. Tenant and email are those of the outbound message; an item whose outbound message is unknown is left
 * out of the answer. A message that is handed over twice is kept twice.
 *
 * The sources travel as one value: an array of bytea would have to be written as text, at twice the size.
 */
export async function insertCaptured(
  db: Queryable,
  items: readonly NewCaptured[],
): Promise<{ id: string; tenant_id: string }[]> {
  let end_bytes = 0;
  const ends = items.map(({ source }) => {
    end_bytes += source.length;
    return end_bytes;
  });
  const { rows } = await db.query<{ id: string; tenant_id: string }>({
    name: 'captured_messages.insert',
    text: `
      insert into captured_messages
        (id, tenant_id, email_id, message_id, mail_from, rcpt_to, source, received_at, feedback, feedback_due_at)
      select c.id, o.tenant_id, o.email_id, o.id, c.mail_from, c.rcpt_to,
             substring($1::bytea from c.end_bytes - c.size_bytes + 1 for c.size_bytes),
             c.received_at, c.feedback,
             case when c.feedback is not null then c.received_at + interval '1 second' end
        from unnest($2::uuid[], $3::uuid[], $4::text[], $5::text[], $6::int[], $7::int[], $8::timestamptz[], $9::text[])
             as c (id, message_id, mail_from, rcpt_to, end_bytes, size_bytes, received_at, feedback)
        join outbound_messages o on o.id = c.message_id
      -- The same again, when the answer to the first time was lost: kept once, and told that it is.
      on conflict (id) do update set received_at = excluded.received_at
      returning id, tenant_id`,
    values: [
      Buffer.concat(items.map(({ source }) => source)),
      items.map(({ id }) => id),
      items.map(({ message_id }) => message_id),
      items.map(({ mail_from }) => mail_from),
      items.map(({ rcpt_to }) => rcpt_to),
      ends,
      items.map(({ source }) => source.length),
      items.map(({ received_at }) => received_at),
      items.map(({ feedback }) => feedback),
    ],
  });
  return rows;
}

/** The number of the conversation that each outbound message is in, from 1; unknown ones are left out. */
export async function readAttempts(
  db: Queryable,
  message_ids: readonly string[],
): Promise<{ id: string; attempt: number }[]> {
  const { rows } = await db.query<{ id: string; attempt: number }>({
    name: 'captured_messages.read_attempts',
    text: 'select id, attempt from outbound_messages where id = any ($1::uuid[])',
    values: [message_ids],
  });
  return rows;
}

export interface ListOptions {
  /** Canonical form. */
  to: string | undefined;
  since: Date | undefined;
  /** The last message of the page before. Once that is purged, so is all that followed it. */
  after: string | undefined;
  limit: number;
}

/** Id and size of a tenant's messages, newest first. */
export async function listHeads(
  db: Queryable,
  tenant_id: string,
  { to, since, after, limit }: ListOptions,
): Promise<{ id: string; size_bytes: number }[]> {
  const range = [tenant_id, since ?? null, after ?? null, limit];
  const { rows } = await db.query<{ id: string; size_bytes: number }>(
    to === undefined
      ? { name: 'captured_messages.list', text: LIST, values: range }
      : { name: 'captured_messages.list_to', text: LIST_TO, values: [...range, to] },
  );
  return rows;
}

const listing = (filter: string) => `
  select id, octet_length(source) as size_bytes
    from captured_messages
   where tenant_id = $1 ${filter}
     and received_at > coalesce($2::timestamptz, '-infinity')
     and (received_at, id) < (
           case when $3::uuid is null then 'infinity'
                else (select received_at from captured_messages where id = $3 and tenant_id = $1) end,
           coalesce($3, 'ffffffff-ffff-ffff-ffff-ffffffffffff'))
   order by received_at desc, id desc limit $4`;
const LIST = listing('');
const LIST_TO = listing('and rcpt_to = $5');

export interface CapturedRow {
  id: string;
  email_id: string;
  message_id: string;
  mail_from: string;
  rcpt_to: string;
  received_at: Date;
  source: Buffer;
}

/** These messages of a tenant, newest first. */
export async function readCaptured(db: Queryable, tenant_id: string, ids: readonly string[]): Promise<CapturedRow[]> {
  const { rows } = await db.query<CapturedRow>({
    name: 'captured_messages.read',
    text: `
      select id, email_id, message_id, mail_from, rcpt_to, received_at, source
        from captured_messages
       where id = any ($2::uuid[]) and tenant_id = $1
       order by received_at desc, id desc`,
    values: [tenant_id, ids],
  });
  return rows;
}

export interface FeedbackLease {
  id: string;
  tenant_id: string;
  message_id: string;
  kind: Feedback;
  rcpt_to: string;
  /** The start of the message, with its header. */
  head: Buffer;
  lease_ends_at: Date;
}

/** Leases feedback that is due. A crash simply lets the lease run out. */
export async function leaseFeedback(
  db: Queryable,
  { limit, now, lease_s }: { limit: number; now: Date; lease_s: number },
): Promise<FeedbackLease[]> {
  const { rows } = await db.query<FeedbackLease>({
    name: 'captured_messages.lease_feedback',
    text: `
      with due as (
        select id from captured_messages
         where feedback_due_at <= $2
         order by feedback_due_at limit $1 for update skip locked
      )
      update captured_messages c
         set feedback_due_at = $2::timestamptz + make_interval(secs => $3)
        from due where c.id = due.id
      returning c.id, c.tenant_id, c.message_id, c.feedback as kind, c.rcpt_to, substring(c.source from 1 for 32768) as head,
                c.feedback_due_at as lease_ends_at`,
    values: [limit, now, lease_s],
  });
  return rows;
}

/** Sets when leased feedback is due again; null: it has been given. Does nothing once the lease has passed to another. */
export async function settleFeedback(
  db: Queryable,
  { id, lease_ends_at }: FeedbackLease,
  due_at: Date | null,
): Promise<void> {
  await db.query({
    name: 'captured_messages.settle_feedback',
    text: 'update captured_messages set feedback_due_at = $3 where id = $1 and feedback_due_at = $2',
    values: [id, lease_ends_at, due_at],
  });
}

const PURGE_LIMIT = 1_000;

/** Deletes what was received before that time, a little at once so that no statement runs long; how many there were. */
export async function purgeCaptured(db: Queryable, before: Date): Promise<number> {
  let purged = 0;
  for (;;) {
    const { rowCount } = await db.query({
      name: 'captured_messages.purge',
      text: `
        delete from captured_messages where id in (
          select id from captured_messages
           where received_at at time zone 'UTC' < $1::timestamptz at time zone 'UTC'
           order by received_at at time zone 'UTC' limit $2 for update skip locked)`,
      values: [before, PURGE_LIMIT],
    });
    purged += rowCount ?? 0;
    if ((rowCount ?? 0) < PURGE_LIMIT) return purged;
  }
}
