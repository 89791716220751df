import { Refusal } from '../../errors/refusal.ts';
import type { CancelEmailData, CancelEmailResponses } from '../../generated/types.gen.ts';
import { readId } from '../../store/ids.ts';
import { cancelOfEmail } from '../../store/outbound-messages.sql.ts';
import type { Handler } from '../handler.ts';
import { loadEmail } from '../load-email.ts';

export const cancelEmail: Handler<CancelEmailData, CancelEmailResponses> = async (context, { path }) => {
  const { deps, caller } = context;
  const email = await loadEmail(context, path.email_id);
  const id = readId('em', path.email_id) as string;
  const { count, webhooks } = await cancelOfEmail(deps.db, caller.tenant_id, id, deps.now());
  if (!count) {
    throw new Refusal(
      'invalid-state',
      `Nothing is left to cancel: the email is ${email.status} or is just being delivered.`,
    );
  }
  deps.hints.give(`events:${caller.tenant_id}`);
  if (webhooks) deps.hints.give('webhooks');
  return { status: 200, body: await loadEmail(context, path.email_id) };
};
