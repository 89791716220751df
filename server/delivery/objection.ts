import { domainOf } from '../mail/address.ts';
import type { DomainDirectory } from '../store/domain-directory.ts';
import type { ContentRow } from '../store/emails.sql.ts';
import { unprovenReply } from '../store/outbound-messages.sql.ts';

/** Why mail that was accepted may not leave in the name of its senders' domains: for good, or for now. */
export type Objection = { kind: 'gone'; detail: string } | { kind: 'unproven'; reply: string };

/**
 * Accept has asked already, but mail may wait for days: for its time, or for a server that puts it off. It never leaves
 * unsigned, nor for a domain that is no longer the tenant's. Mail is let go the moment its domain is proven, before every
 * worker has heard of it: a no is asked for again.
 */
export async function objectionTo(
  directory: Pick<DomainDirectory, 'find' | 'refresh'>,
  { tenant_id, from_address, mail_from }: Pick<ContentRow, 'tenant_id' | 'from_address' | 'mail_from'>,
): Promise<Objection | undefined> {
  for (const name of new Set([domainOf(from_address), domainOf(mail_from)])) {
    const found = directory.find(tenant_id, name);
    const known = found instanceof Promise ? await found : found;
    if (known?.verified) continue;
    const domain = await directory.refresh(tenant_id, name);
    if (!domain) return { kind: 'gone', detail: `${name} is not, or no longer, among your domains` };
    if (!domain.verified) return { kind: 'unproven', reply: unprovenReply(name) };
  }
  return undefined;
}
