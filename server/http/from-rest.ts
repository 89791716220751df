import type { AcceptedEmail, EmailSubmission, Submission } from '../accept/index.ts';
import type { AcceptedEmail as AcceptedEmailBody, SendEmail } from '../generated/types.gen.ts';
import { emailStatus } from '../mail/email-status.ts';
import { showId } from '../store/ids.ts';
import type { Context } from './handler.ts';

/** One email of a request, as `accept` takes it. `pointer` is its place in the request. */
export function toSubmission(
  { tags, metadata, scheduled_at, bulk, ...content }: SendEmail,
  pointer: string,
): EmailSubmission {
  return {
    format: 'composed',
    content,
    tags: tags ?? {},
    metadata: metadata ?? {},
    scheduled_at: scheduled_at === undefined ? undefined : new Date(scheduled_at),
    bulk: bulk ?? false,
    pointer,
  };
}

/** What every submission by REST shares. */
export function restSubmission(
  { caller, idempotency }: Pick<Context, 'caller' | 'idempotency'>,
  emails: EmailSubmission[],
  answer: Submission['answer'],
): Submission {
  return { tenant_id: caller.tenant_id, source: 'rest', emails, idempotency, answer };
}

export function toAcceptedEmail({ id, created_at, messages }: AcceptedEmail): AcceptedEmailBody {
  return {
    id: showId('em', id),
    status: emailStatus(messages.map((m) => m.status)),
    created_at: timeText(created_at),
    messages: messages.map(({ id, recipient, kind, status }) => ({ id: showId('msg', id), recipient, kind, status })),
  };
}

let last_ms = Number.NaN;
let last_text = '';

/** In ISO 8601. Many requests share a millisecond, and writing one down costs as much as writing five ids. */
function timeText(at: Date): string {
  const ms = at.getTime();
  if (ms !== last_ms) [last_ms, last_text] = [ms, at.toISOString()];
  return last_text;
}
