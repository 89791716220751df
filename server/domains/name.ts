import { isIP } from 'node:net';
import { domainToASCII, domainToUnicode } from 'node:url';
import { getPublicSuffix } from 'tldts';

/** RFC 1035, 2.3.4, less what the longest name that we hang below it takes: `kx<8>._domainkey.`. */
const MAX_NAME = 253 - 22;
const LABEL = /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/;

const NO_NAME = 'is not a domain name: use letters, digits and hyphens between dots, as acme.example';

/** A name's canonical form, or why it cannot be a sending domain, in words that follow "name". */
export type DomainName = { name: string; fault?: undefined } | { name?: undefined; fault: string };

/** `Bücher.Example.` becomes `xn--bcher-kva.example`. */
export function parseDomainName(text: string): DomainName {
  const trimmed = text.trim().replace(/\.$/, '');
  const fault = faultOfText(trimmed);
  if (fault) return { fault };
  const name = domainToASCII(trimmed).toLowerCase();
  return faultOfName(name) ? { fault: faultOfName(name) as string } : { name };
}

export function unicodeName(name: string): string {
  return domainToUnicode(name) || name;
}

/** Where one registrant's names begin: `acme.co.uk` for `mail.acme.co.uk`; the name itself when it is that. */
export function registeredDomain(name: string): string {
  const suffix = getPublicSuffix(name, { allowPrivateDomains: true });
  if (!suffix || suffix === name) return name;
  const label = name
    .slice(0, -suffix.length - 1)
    .split('.')
    .at(-1);
  return `${label}.${suffix}`;
}

function faultOfText(text: string): string | undefined {
  // `domainToASCII` reads names as URLs have them: it would decode this.
  if (text.includes('%')) return NO_NAME;
  if (text.includes('://') || text.includes('/')) return 'is a URL; give the domain alone, as acme.example';
  if (text.includes('@')) return 'is an email address; give the domain alone: the part after the @';
  if (text.includes('*')) return 'has a wildcard; add each domain by its own name';
  if (isIP(text.replace(/^\[(.*)\]$/, '$1'))) return 'is an IP address; mail is sent from a domain, as acme.example';
  if (/:\d*$/.test(text)) return 'has a port; give the domain alone, as acme.example';
  return undefined;
}

function faultOfName(name: string): string | undefined {
  if (!name.split('.').every((label) => LABEL.test(label))) {
    return NO_NAME;
  }
  // What the URL standard reads as an IPv4 address in any spelling has been one to `domainToASCII`.
  if (isIP(name) || /^\d+$/.test(name.split('.').at(-1) as string)) {
    return 'is an IP address; mail is sent from a domain, as acme.example';
  }
  if (name.length > MAX_NAME)
    return `is too long: a DKIM record below it needs a name of at most ${MAX_NAME} characters`;
  if (!name.includes('.')) return 'has no dot; give the whole domain, as acme.example';
  if (getPublicSuffix(name, { allowPrivateDomains: true }) === name) {
    return 'is a public suffix, under which many people hold names; add your own domain below it';
  }
  return undefined;
}
