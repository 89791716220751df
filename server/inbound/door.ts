import { domainOf } from '../mail/address.ts';
import { readSignedAddress } from '../mail/return-path.ts';
import type { SmtpReply } from '../mail/smtp-reply.ts';
import type { Tokens } from '../mail/token.ts';
import { replies } from './reply.ts';
import type { Incoming } from './take.ts';

export interface DoorOptions {
  tokens: Pick<Tokens, 'read'>;
  bounce_domain: string;
}

/** Addresses without a token: for feedback loops, and what RFC 2142 and RFC 5321 (4.5.1) ask of every mail domain. */
const OPEN = ['fbl', 'abuse', 'postmaster'];

/**
 * What a recipient's address is the door to, or why it is none. A token is good at any domain, for tenants have return
 * paths at their own; it alone says that we gave the address out.
 */
export function doorAt(address: string, mail_from: string, options: DoorOptions): Incoming['door'] | SmtpReply {
  const at = address.lastIndexOf('@');
  const local_part = at < 0 ? address : address.slice(0, at);
  const signed = readSignedAddress(options.tokens, local_part);
  if (signed) {
    if (signed.kind === 'unsubscribe' && mail_from === '') return replies.senderNeeded;
    return { kind: signed.kind, message_id: signed.claim.message_id };
  }
  const is_here = at < 0 ? local_part.toLowerCase() === 'postmaster' : domainOf(address) === options.bounce_domain;
  return is_here && OPEN.includes(local_part.toLowerCase()) ? { kind: 'open' } : replies.noSuchAddress;
}
