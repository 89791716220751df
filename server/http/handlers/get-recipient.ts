import { Refusal } from '../../errors/refusal.ts';
import type { GetRecipientData, GetRecipientResponses, RecipientMessage } from '../../generated/types.gen.ts';
import { canonicalAddress } from '../../mail/address.ts';
import { latestOfMessages } from '../../store/attempts.sql.ts';
import { showId } from '../../store/ids.ts';
import { latestMessages, type RecipientMessageRow } from '../../store/recipients.sql.ts';
import { findSuppression } from '../../store/suppressions.sql.ts';
import type { Handler } from '../handler.ts';
import { presentAttempt } from '../present-attempt.ts';
import { lastReply } from '../present-email.ts';
import { presentSuppression } from '../present-suppression.ts';

const SHOWN = 25;

export const getRecipient: Handler<GetRecipientData, GetRecipientResponses> = async ({ deps, caller }, { path }) => {
  const { tenant_id } = caller;
  const address = canonicalAddress(path.address);
  const [suppression, messages] = await Promise.all([
    findSuppression(deps.db, tenant_id, { address, topic: '' }, deps.now()),
    latestMessages(deps.db, tenant_id, address, SHOWN),
  ]);
  if (!suppression && !messages.length) {
    throw new Refusal('not-found', 'This address has never been mailed and is not suppressed.');
  }
  const ids = messages.map(({ id }) => id);
  const attempts = await latestOfMessages(deps.db, tenant_id, ids, SHOWN);
  const next = messages.flatMap(({ due_at }) => due_at ?? []).sort((a, b) => a.getTime() - b.getTime())[0];
  return {
    status: 200,
    body: {
      address,
      suppression: suppression ? presentSuppression(suppression) : null,
      next_attempt_at: next?.toISOString() ?? null,
      messages: messages.map(presentMessage),
      attempts: attempts.map(presentAttempt),
    },
  };
};

function presentMessage(row: RecipientMessageRow): RecipientMessage {
  return {
    id: showId('msg', row.id),
    email_id: showId('em', row.email_id),
    subject: row.subject,
    kind: row.kind,
    status: row.status,
    created_at: row.created_at.toISOString(),
    attempts: row.attempt,
    next_attempt_at: row.due_at?.toISOString() ?? null,
    last_reply: lastReply(row),
  };
}
