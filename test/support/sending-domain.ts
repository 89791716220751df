import type { Domain } from 'koltrix';
import type { FakeDns } from './dns.ts';
import type { Tenant } from './tenant.ts';

/** Puts the records of these purposes into DNS, as their owner would. */
export function publishRecords(
  dns: FakeDns,
  domain: Domain,
  purposes: readonly Domain['records'][number]['purpose'][] = ['dkim'],
): void {
  for (const { purpose, type, name, value, strings } of domain.records) {
    if (purposes.includes(purpose)) dns.publish(name, type === 'TXT' ? { TXT: [strings] } : { CNAME: value });
  }
}

/** A domain of the tenant that DNS has proven, as mail outside capture mode needs it. */
export async function givenSendingDomain(
  { koltrix }: Pick<Tenant, 'koltrix'>,
  dns: FakeDns,
  name = 'acme.example',
): Promise<Domain> {
  const created = await koltrix.domains.create({ name });
  publishRecords(dns, created);
  const domain = await koltrix.domains.verify(created.id);
  if (domain.status !== 'verified') throw new Error(`${name} is ${domain.status}: ${JSON.stringify(domain.records)}`);
  return domain;
}
