import type { DkimKey, DomainRecord as DnsRecord, Domain } from '../generated/types.gen.ts';
import { domainOf } from './address.ts';
import { notFound } from './problem.ts';
import { randomText } from './random-text.ts';
import type { DomainRecord, KeyPairRecord, World } from './world.ts';

const MINUTE_ms = 60_000;
const DAY_ms = 24 * 60 * MINUTE_ms;
const SELECTOR = 'abcdefghijkmnpqrstuvwxyz23456789';

/** It looks like one, and signs nothing. */
export function newKey(created_at: Date): KeyPairRecord {
  const random = crypto.getRandomValues(new Uint8Array(8));
  const selector = `kx${Array.from(random, (byte) => SELECTOR[byte % SELECTOR.length]).join('')}`;
  const public_key = `MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8A${randomText(360)}`;
  return { selector, public_key, created_at, verified_at: null, retires_at: null };
}

export function findDomain({ domains }: World, id: string): DomainRecord {
  const record = domains.get(id);
  if (!record) throw notFound('domain');
  return record;
}

/** All is in DNS: the newest key signs from now on, older ones retire in a week. */
export function verify(record: DomainRecord, now: Date): void {
  record.checked_at = now;
  record.verified_at ??= now;
  for (const [i, key] of record.keys.entries()) {
    key.verified_at ??= now;
    if (i > 0) key.retires_at ??= new Date(now.getTime() + 7 * DAY_ms);
  }
}

export function presentDomain(record: DomainRecord): Domain {
  const { id, name, keys, created_at, checked_at, verified_at, track_opens, track_clicks } = record;
  const status = verified_at ? 'verified' : 'pending';
  const next_check = checked_at ? checked_at.getTime() + DAY_ms / 4 : created_at.getTime() + MINUTE_ms;
  return {
    id,
    name,
    unicode_name: unicodeOf(name),
    status,
    records: recordsOf(record),
    dkim_keys: keys.map(presentKey),
    return_path: null,
    tracking_host: null,
    track_opens,
    track_clicks,
    verified_at: verified_at?.toISOString() ?? null,
    failing_since: null,
    grace_ends_at: null,
    checked_at: checked_at?.toISOString() ?? null,
    next_check_at: new Date(next_check).toISOString(),
    created_at: created_at.toISOString(),
  };
}

function presentKey({ selector, created_at, verified_at, retires_at }: KeyPairRecord): DkimKey {
  return {
    selector,
    state: retires_at ? 'retiring' : verified_at ? 'active' : 'pending',
    created_at: created_at.toISOString(),
    verified_at: verified_at?.toISOString() ?? null,
    retires_at: retires_at?.toISOString() ?? null,
  };
}

function recordsOf({ name, keys, checked_at }: DomainRecord): DnsRecord[] {
  const hasProven = keys.some((key) => key.verified_at);
  return [
    ...keys.map((key) => {
      const required = !hasProven || key.verified_at !== null;
      const host = `${key.selector}._domainkey.${name}`;
      return dnsRecord('dkim', required, host, `v=DKIM1; k=rsa; p=${key.public_key}`, key.verified_at && checked_at);
    }),
    dnsRecord('dmarc', false, `_dmarc.${name}`, 'v=DMARC1; p=none;', checked_at),
  ];
}

function dnsRecord(
  purpose: DnsRecord['purpose'],
  required: boolean,
  name: string,
  value: string,
  seen_at: Date | null,
): DnsRecord {
  return {
    purpose,
    required,
    type: 'TXT',
    name,
    value,
    strings: value.match(/.{1,255}/gs) ?? [],
    state: seen_at ? 'verified' : 'pending',
    found: seen_at ? [value] : [],
    detail: null,
    checked_at: seen_at?.toISOString() ?? null,
  };
}

/** `Bücher.Example.` becomes `xn--bcher-kva.example`. */
export function toName(text: string): string {
  return domainOf(text.trim().replace(/\.$/, ''));
}

const LABEL = /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/;

/** Why this cannot be a sending domain; of public suffixes the mock knows none. */
export function faultOfName(given: string): string | undefined {
  const text = given.trim().replace(/\.$/, '');
  if (text.includes('/')) return 'is a URL; give the domain alone, as acme.example';
  if (text.includes('@')) return 'is an email address; give the domain alone: the part after the @';
  if (text.includes('*')) return 'has a wildcard; add each domain by its own name';
  if (/^[\d.]+$|^\[.*\]$|:.*:/.test(text)) return 'is an IP address; mail is sent from a domain, as acme.example';
  if (/:\d*$/.test(text)) return 'has a port; give the domain alone, as acme.example';
  const name = toName(text);
  if (!name.split('.').every((label) => LABEL.test(label))) {
    return 'is not a domain name: use letters, digits and hyphens between dots, as acme.example';
  }
  return name.includes('.') ? undefined : 'has no dot; give the whole domain, as acme.example';
}

/** The reverse of the URL standard's way to ASCII (RFC 3492); what does not decode stays as it is. */
function unicodeOf(name: string): string {
  return name
    .split('.')
    .map((label) => (label.startsWith('xn--') ? fromPunycode(label.slice(4)) : label))
    .join('.');
}

function fromPunycode(text: string): string {
  const split = text.lastIndexOf('-');
  const output = split > 0 ? Array.from(text.slice(0, split)) : [];
  let [n, i, bias] = [128, 0, 72];
  for (let at = split > 0 ? split + 1 : 0; at < text.length; ) {
    const before = i;
    for (let weight = 1, k = 36; ; k += 36) {
      const code = text.charCodeAt(at++);
      const digit = code < 58 ? code - 22 : code - 97;
      i += digit * weight;
      const threshold = Math.min(Math.max(k - bias, 1), 26);
      if (digit < threshold) break;
      weight *= 36 - threshold;
    }
    const length = output.length + 1;
    bias = adapted(i - before, length, before === 0);
    n += Math.floor(i / length);
    i %= length;
    output.splice(i++, 0, String.fromCodePoint(n));
  }
  return output.join('');
}

function adapted(delta: number, length: number, isFirst: boolean): number {
  let left = isFirst ? Math.floor(delta / 700) : delta >> 1;
  left += Math.floor(left / length);
  let k = 0;
  for (; left > 455; k += 36) left = Math.floor(left / 35);
  return k + Math.floor((36 * left) / (left + 38));
}
