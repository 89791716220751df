import { canonicalAddress } from '../mail/address.ts';
import type { SmtpReply } from '../mail/smtp-reply.ts';

/** Addresses at this domain behave as their name says, whatever the delivery mode; their mail never leaves the machine. */
export const SIMULATOR_DOMAIN = 'simulator.test';

/** What a simulated recipient does. */
export interface Behaviour {
  /** Given at RCPT, in the first `refusals` conversations about a message. */
  refusal: SmtpReply | null;
  refusals: number;
  /** What follows once the message has been taken. */
  feedback: 'complaint' | 'bounce' | null;
}

const accepts: Behaviour = { refusal: null, refusals: 0, feedback: null };

const behaviours: Record<string, Behaviour> = {
  delivered: accepts,
  bounced: refuses({ code: 550, enhanced_code: '5.1.1', text: 'The simulated mailbox does not exist' }),
  blocked: refuses({ code: 554, enhanced_code: '5.7.1', text: 'The simulated recipient blocks this sender' }),
  deferred: refuses({ code: 451, enhanced_code: '4.2.1', text: 'The simulated mailbox is busy, try again' }, 2),
  complained: { ...accepts, feedback: 'complaint' },
  'async-bounced': { ...accepts, feedback: 'bounce' },
};

const unknown = refuses({
  code: 550,
  enhanced_code: '5.1.1',
  text: `No such simulated mailbox; there are ${Object.keys(behaviours).join(', ')}`,
});

function refuses(refusal: SmtpReply, refusals = Number.POSITIVE_INFINITY): Behaviour {
  return { refusal, refusals, feedback: null };
}

/** How the recipient behaves; undefined for an address that is not at the simulator. A `+label` changes nothing. */
export function behaviourOf(recipient: string): Behaviour | undefined {
  const address = canonicalAddress(recipient);
  const at = address.lastIndexOf('@');
  if (address.slice(at + 1) !== SIMULATOR_DOMAIN) return undefined;
  const name = address.slice(0, at).replace(/\+.*$/s, '');
  return Object.hasOwn(behaviours, name) ? behaviours[name] : unknown;
}
