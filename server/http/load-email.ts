import { notFound } from '../errors/refusal.ts';
import type { Email } from '../generated/types.gen.ts';
import { findEmail } from '../store/emails.sql.ts';
import { readId } from '../store/ids.ts';
import { listOfEmails } from '../store/outbound-messages.sql.ts';
import type { Context } from './handler.ts';
import { presentEmail } from './present-email.ts';

/** The caller's email of that id, or `not-found`: also for another tenant's. */
export async function loadEmail({ deps, caller }: Context, shown_id: string): Promise<Email> {
  const id = readId('em', shown_id);
  const row = id && (await findEmail(deps.db, caller.tenant_id, id));
  if (!row) throw notFound('email');
  return presentEmail(row, await listOfEmails(deps.db, caller.tenant_id, [row.id]));
}
