import type { MessageStatus, RecipientKind } from '../generated/types.gen.ts';
import type { Queryable } from './database.ts';

export interface RecipientMessageRow {
  id: string;
  email_id: string;
  subject: string;
  kind: RecipientKind;
  status: MessageStatus;
  created_at: Date;
  attempt: number;
  due_at: Date | null;
  last_smtp_code: number | null;
  last_enhanced_code: string | null;
  last_reply: string | null;
}

/** The newest messages to an address (canonical form), newest first. */
export async function latestMessages(
  db: Queryable,
  tenant_id: string,
  address: string,
  limit: number,
): Promise<RecipientMessageRow[]> {
  const { rows } = await db.query<RecipientMessageRow>({
    name: 'recipients.latest_messages',
    text: `
      select m.id, m.email_id, e.subject, m.kind, m.status, e.created_at, m.attempt, m.due_at, m.last_smtp_code,
             m.last_enhanced_code, m.last_reply
        from outbound_messages m join emails e on e.tenant_id = m.tenant_id and e.id = m.email_id
       where m.tenant_id = $1 and m.recipient_canonical = $2
       order by m.email_id desc limit $3`,
    values: [tenant_id, address, limit],
  });
  return rows;
}
