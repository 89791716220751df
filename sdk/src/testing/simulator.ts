import { domainOf } from './address.ts';

/** What a recipient's server says at RCPT. */
export interface Refused {
  smtp_code: number;
  enhanced_code: string;
  text: string;
}

/** How a recipient behaves: refusals in the first so many conversations, and what follows once it has taken a message. */
export interface Behaviour {
  refusal?: Refused;
  refusals: number;
  feedback?: 'complaint' | 'bounce';
}

const accepts: Behaviour = { refusals: 0 };

/** The addresses at `simulator.test`, as on the server. */
const behaviours: Record<string, Behaviour> = {
  delivered: accepts,
  bounced: refuses(550, '5.1.1', 'The simulated mailbox does not exist'),
  blocked: refuses(554, '5.7.1', 'The simulated recipient blocks this sender'),
  deferred: { ...refuses(451, '4.2.1', 'The simulated mailbox is busy, try again'), refusals: 2 },
  complained: { refusals: 0, feedback: 'complaint' },
  'async-bounced': { refusals: 0, feedback: 'bounce' },
};

const unknown = refuses(550, '5.1.1', `No such simulated mailbox; there are ${Object.keys(behaviours).join(', ')}`);

function refuses(smtp_code: number, enhanced_code: string, text: string): Behaviour {
  return { refusal: { smtp_code, enhanced_code, text }, refusals: Number.POSITIVE_INFINITY };
}

/** A `+label` changes nothing. Everybody who is not at the simulator takes everything. */
export function behaviourOf(canonical: string): Behaviour {
  if (domainOf(canonical) !== 'simulator.test') return accepts;
  const name = canonical.slice(0, canonical.lastIndexOf('@')).replace(/\+.*$/s, '');
  return (Object.hasOwn(behaviours, name) && behaviours[name]) || unknown;
}
