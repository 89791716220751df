import type { AttemptOutcome } from '../generated/types.gen.ts';
import type { Queryable } from './database.ts';

export interface AttemptRow {
  message_id: string;
  /** As submitted. */
  recipient: string;
  number: number;
  started_at: Date;
  duration_ms: number;
  host: string | null;
  remote_address: string | null;
  source_address: string | null;
  /** Null in the clear. */
  tls_protocol: string | null;
  tls_cipher: string | null;
  tls_verified: boolean;
  tls_dane: boolean;
  outcome: AttemptOutcome;
  smtp_code: number | null;
  enhanced_code: string | null;
  reply: string;
}

const COLUMNS = `a.message_id, m.recipient, a.number, a.started_at, a.duration_ms, a.host, a.remote_address, a.source_address,
  a.tls_protocol, a.tls_cipher, a.tls_verified, a.tls_dane, a.outcome, a.smtp_code, a.enhanced_code, a.reply`;

export interface AttemptPlace {
  message_id: string;
  number: number;
}

/** The attempts at an email's messages, message by message, oldest first; those behind a place. */
export async function listOfEmail(
  db: Queryable,
  tenant_id: string,
  email_id: string,
  after: AttemptPlace | undefined,
  limit: number,
): Promise<AttemptRow[]> {
  const { rows } = await db.query<AttemptRow>({
    name: 'attempts.list_of_email',
    text: `
      select ${COLUMNS}
        from outbound_messages m join attempts a on a.message_id = m.id
       where m.id in (select unnest(message_ids) from emails where tenant_id = $1 and id = $2) and ($3::uuid is null or (a.message_id, a.number) > ($3, $4))
       order by a.message_id, a.number limit $5`,
    values: [tenant_id, email_id, after?.message_id, after?.number, limit],
  });
  return rows;
}

/** The newest attempts at some messages of a tenant, newest first. */
export async function latestOfMessages(
  db: Queryable,
  tenant_id: string,
  message_ids: string[],
  limit: number,
): Promise<AttemptRow[]> {
  const { rows } = await db.query<AttemptRow>({
    name: 'attempts.latest_of_messages',
    text: `
      select ${COLUMNS}
        from outbound_messages m join attempts a on a.message_id = m.id
       where m.id = any ($2::uuid[]) and m.tenant_id = $1
       order by a.started_at desc, a.message_id desc, a.number desc limit $3`,
    values: [tenant_id, message_ids, limit],
  });
  return rows;
}
