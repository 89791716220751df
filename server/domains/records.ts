import type { DomainRecordPurpose } from '../generated/types.gen.ts';
import type { InstallationHosts } from '../store/domain-directory.ts';

/** A record that is to be in DNS. */
export interface ExpectedRecord {
  purpose: DomainRecordPurpose;
  required: boolean;
  type: 'TXT' | 'CNAME';
  name: string;
  value: string;
}

export interface KeyOfDomain {
  selector: string;
  /** SubjectPublicKeyInfo in base64. */
  public_key: string;
  verified_at: Date | null;
}

/**
 * The records of a domain: its keys, newest first, then what makes its mail arrive better. The key is the proof too: it is
 * the tenant's own, and only who holds the DNS can put it there.
 */
export function expectedRecords(
  domain: string,
  keys: readonly KeyOfDomain[],
  { bounce_domain, public_host }: InstallationHosts,
): ExpectedRecord[] {
  const hasProven = keys.some((key) => key.verified_at);
  const cname = (purpose: DomainRecordPurpose, label: string, value: string | undefined): ExpectedRecord[] =>
    value === undefined ? [] : [{ purpose, required: false, type: 'CNAME', name: `${label}.${domain}`, value }];
  return [
    ...keys.map((key) => ({
      purpose: 'dkim' as const,
      required: !hasProven || key.verified_at !== null,
      type: 'TXT' as const,
      name: dkimHost(key.selector, domain),
      value: dkimRecord(key.public_key),
    })),
    ...cname('return_path', 'bounces', bounce_domain),
    { purpose: 'dmarc', required: false, type: 'TXT', name: `_dmarc.${domain}`, value: 'v=DMARC1; p=none;' },
    ...cname('tracking', 'links', public_host),
  ];
}

export function dkimHost(selector: string, domain: string): string {
  return `${selector}._domainkey.${domain}`;
}

/** RFC 6376, 3.6.1. */
export function dkimRecord(public_key: string): string {
  return `v=DKIM1; k=rsa; p=${public_key}`;
}

/** RFC 1035, 3.3: one string of a TXT record holds 255 octets; receivers join them. */
export function txtStrings(value: string): string[] {
  return value.match(/.{1,255}/gs) ?? [];
}
