import { invalid, Refusal } from '../errors/refusal.ts';
import { domainOf, isAddress, parseMailbox } from '../mail/address.ts';
import { addressesOf } from '../mail/address-list.ts';
import { fieldsOf } from '../mail/dkim/fields.ts';
import type { PlannedEmail } from '../store/accept-unit.ts';
import type { DomainDirectory, SendingDomain } from '../store/domain-directory.ts';
import { showId } from '../store/ids.ts';
import type { EmailSubmission, Submission } from './submission.ts';

/** A domain in whose name an email would go out, and where the request says so. */
interface Sender {
  domain: string;
  pointer: string;
}

/**
 * Refuses (`domain-not-verified`) what would go out in the name of a domain that DNS has not proven to be the tenant's: by
 * the envelope or by any address of a From header. A subdomain of a verified domain is another domain. Answers at once
 * when everything is known, which is nearly always so.
 */
export function requireVerifiedSenders(
  directory: DomainDirectory,
  { tenant_id, emails }: Submission,
  planned: readonly PlannedEmail[],
): Promise<void> | undefined {
  const waiting: Promise<void>[] = [];
  const checked = new Set<string>();
  for (const [i, email] of emails.entries()) {
    for (const sender of sendersOf(email, planned[i] as PlannedEmail)) {
      if (checked.has(sender.domain)) continue;
      checked.add(sender.domain);
      const found = directory.find(tenant_id, sender.domain);
      if (!(found instanceof Promise)) requireVerified(found, sender);
      else waiting.push(found.then((domain) => requireVerified(domain, sender)));
    }
  }
  return waiting.length ? Promise.all(waiting).then(() => {}) : undefined;
}

function sendersOf(email: EmailSubmission, { from_address, content }: PlannedEmail): Sender[] {
  if (email.format === 'composed') return [{ domain: domainOf(from_address), pointer: `${email.pointer}/from` }];
  const envelope = { domain: domainOf(email.mail_from), pointer: '?mail_from' };
  return [envelope, ...addressesInFrom(content).map((address) => ({ domain: domainOf(address), pointer: '' }))];
}

/** Of all From headers: some receivers show the first, some the last. None is fine, for then the envelope's is written. */
function addressesInFrom(content: Buffer): string[] {
  const end = content.indexOf('\r\n\r\n');
  const head = end < 0 ? content : content.subarray(0, end + 2);
  return fieldsOf(head)
    .filter(({ name }) => name === 'from')
    .flatMap(({ start, end: to }) => addressesInHeader(head.toString('utf8', start, to)));
}

function addressesInHeader(field: string): string[] {
  const value = field
    .slice(field.indexOf(':') + 1)
    .replaceAll(/\r\n(?=[ \t])/g, '')
    .trim();
  const mailbox = parseMailbox(value);
  const addresses = mailbox ? [mailbox.address] : addressesOf(value);
  if (!addresses.length || !addresses.every(isAddress)) {
    throw invalid({ pointer: '', detail: 'the From header of the message holds something other than email addresses' });
  }
  return addresses;
}

function requireVerified(found: SendingDomain | undefined, { domain, pointer }: Sender): void {
  if (found?.verified) return;
  const detail = found
    ? `${domain} is not verified yet: publish its DKIM record (GET /domains/${showId('dom', found.id)} shows it) and have it looked up.`
    : `${domain} is not among your verified domains: add it with POST /domains and publish the DNS records of the answer.`;
  throw new Refusal('domain-not-verified', detail, { faults: [{ pointer, detail }] });
}
