import type { RecipientMessage } from '../../generated/types.gen.ts';
import { canonicalAddress } from '../address.ts';
import type { Behaviours } from '../context.ts';
import { Refusal } from '../problem.ts';
import { suppressionOf } from '../suppressions.ts';
import type { EmailRecord, MessageRecord } from '../world.ts';

const SHOWN = 25;

export const recipients = {
  getRecipient({ world }, { path }) {
    const address = canonicalAddress(path.address);
    const suppression = suppressionOf(world, address, null) ?? null;
    const copies = [...world.emails.values()]
      .flatMap((record) => record.messages.map((message) => ({ record, message })))
      .filter(({ message }) => message.canonical === address)
      .reverse()
      .slice(0, SHOWN);
    if (!suppression && !copies.length) {
      throw new Refusal('not-found', 'This address has never been mailed and is not suppressed.');
    }
    const next = copies.flatMap(({ message }) => message.next_attempt_at ?? []).sort()[0] ?? null;
    const attempts = copies.flatMap(({ message }) => message.tries.toReversed()).slice(0, SHOWN);
    const messages = copies.map(({ record, message }) => present(record, message));
    return { status: 200, body: { address, suppression, next_attempt_at: next, messages, attempts } };
  },
} satisfies Behaviours;

function present({ email }: EmailRecord, message: MessageRecord): RecipientMessage {
  const { id, kind, status, attempts, next_attempt_at, last_reply } = message;
  const { subject, created_at } = email;
  return { id, email_id: email.id, subject, kind, status, created_at, attempts, next_attempt_at, last_reply };
}
