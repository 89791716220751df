import { domainOf, envelopeAddress } from '../mail/address.ts';
import { returnPath } from '../mail/return-path.ts';
import type { Tokens } from '../mail/token.ts';
import type { DomainDirectory } from '../store/domain-directory.ts';
import type { ContentRow } from '../store/emails.sql.ts';
import type { Lease } from '../store/outbound-leases.sql.ts';

/** MAIL FROM of a copy that leaves the installation. */
export type EnvelopeSender = (
  lease: Pick<Lease, 'id'>,
  email: Pick<ContentRow, 'tenant_id' | 'mail_from' | 'from_address'>,
) => string | Promise<string>;

export interface EnvelopeSenderOptions {
  tokens: Pick<Tokens, 'sign'>;
  /** Undefined: what comes back goes to the sender himself. */
  bounce_domain: string | undefined;
  directory: DomainDirectory;
}

/**
 * Reports are to come back to us, and to name the message: so each copy has a return path of its own (VERP). It stands at
 * the sender's domain where its records lead here, which aligns SPF with the From header; else at the bounce domain.
 */
export function createEnvelopeSender({ tokens, bounce_domain, directory }: EnvelopeSenderOptions): EnvelopeSender {
  if (bounce_domain === undefined) return (_lease, { mail_from }) => envelopeAddress(mail_from);
  return async ({ id }, { tenant_id, from_address }) => {
    const domain = await directory.find(tenant_id, domainOf(from_address));
    return returnPath(tokens, id, domain?.return_path ?? bounce_domain);
  };
}
