import type { X509Certificate } from 'node:crypto';
import type { TLSSocket } from 'node:tls';
import mxConnect from 'mx-connect';
import type { AskSecure } from './dnssec/ask.ts';
import type { ResolverAnswer } from './dnssec/message.ts';
import { createMemory } from './memory.ts';

type TlsaRecord = ResolverAnswer['tlsa'][number];

/**
 * What a host demands by DANE for SMTP (RFC 7672): nothing; TLS with whatever certificate, since it publishes nothing that
 * can be used (2.2); or a certificate that a record names.
 */
export type Tlsa =
  | { kind: 'none' }
  | { kind: 'unusable' }
  | {
      kind: 'usable';
      records: TlsaRecord[];
      /** Where the records stand; the server is to be called by it (8.1). */
      base: string;
      /** For one of these a certificate under an anchor must be made out (3.2.2); only such a one needs a name. */
      names: string[];
    };

/** For a host of that mail domain. Rejects when DNS does not say, for then the host must be left alone (2.1.1). */
export type FindTlsa = (host: string, domain: string) => Promise<Tlsa>;

const KEEP_MS = 5 * 60_000;
const MAX_HOSTS = 20_000;
const DANE_TA = 2;
const DANE_EE = 3;

export function createFindTlsa({ ask, port, now }: { ask: AskSecure; port: number; now(): Date }): FindTlsa {
  const hosts = createMemory<Tlsa>({ now, keepFor_ms: () => KEEP_MS, most: MAX_HOSTS });
  const domains = createMemory<string[]>({ now, keepFor_ms: () => KEEP_MS, most: MAX_HOSTS });
  return async (host, domain) => {
    const tlsa = await hosts.get(host, () => find(ask, port, host.toLowerCase()));
    if (tlsa.kind !== 'usable' || !tlsa.records.some(({ usage }) => usage === DANE_TA)) return tlsa;
    const further = await domains.get(domain, () => namesOf(ask, domain)).catch(() => []);
    return { ...tlsa, names: [...new Set([...tlsa.names, ...further])] };
  };
}

/**
 * 3.2.2: where DNSSEC proves which hosts take the domain's mail, their certificate may be one for the domain itself, or for
 * what that is an alias of. Where it does not, whoever forges the answer would have mail for a domain of his own.
 */
async function namesOf(ask: AskSecure, domain: string): Promise<string[]> {
  const { is_authentic, canonical_name } = await ask(domain, 'MX');
  return is_authentic ? [domain.toLowerCase(), canonical_name] : [];
}

async function find(ask: AskSecure, port: number, host: string): Promise<Tlsa> {
  for (const base of await baseNames(ask, host)) {
    const answer = await ask(`_${port}._tcp.${base}`, 'TLSA');
    // Whoever can forge an answer could name a certificate of his own; what is not authentic says nothing.
    if (!answer.tlsa.length || !answer.is_authentic) continue;
    const records = answer.tlsa.filter(isUsable);
    return records.length ? { kind: 'usable', records, base, names: [...new Set([base, host])] } : { kind: 'unusable' };
  }
  return { kind: 'none' };
}

/**
 * 2.2.2 and 2.2.3: records stand at the name where aliases lead, or else at the name itself, and are asked for only where
 * DNSSEC proves the addresses: servers of other zones may fail at such a question.
 */
async function baseNames(ask: AskSecure, host: string): Promise<string[]> {
  const answer = await ask(host, 'A');
  if (answer.is_authentic) return [...new Set([answer.canonical_name, host])];
  if (answer.canonical_name === host) return [];
  // The alias itself may be proven, though what it leads to is not.
  return (await ask(host, 'CNAME')).is_authentic ? [host] : [];
}

const LENGTHS: Record<number, number> = { 1: 32, 2: 64 };

/** 3.1: only DANE-TA and DANE-EE are for SMTP. What has an unknown parameter or the wrong length fits no certificate. */
function isUsable({ usage, selector, matchingType, certificate }: TlsaRecord): boolean {
  if ((usage !== DANE_TA && usage !== DANE_EE) || selector > 1 || matchingType > 2) return false;
  return matchingType === 0 ? certificate.length > 0 : LENGTHS[matchingType] === certificate.length;
}

/** Why the server's certificate is not one that TLSA records name; undefined when it is. */
export function daneFault(
  socket: TLSSocket,
  { records, names }: Extract<Tlsa, { kind: 'usable' }>,
  now: Date,
): string | undefined {
  const leaf = socket.getPeerX509Certificate();
  if (!leaf) return 'the server showed no certificate';
  // 3.1.1: the key alone counts, whatever names and dates the certificate has.
  if (isNamedBy(records, DANE_EE, leaf, [])) return undefined;
  const issuers = issuersOf(leaf);
  if (!isNamedBy(records, DANE_TA, leaf, issuers)) return 'no TLSA record names its certificate';
  // 3.2.3: a `*` stands for one whole label.
  if (!names.some((name) => leaf.checkHost(name, { partialWildcards: false })))
    return `its certificate is not for ${names.join(' or ')}`;
  const is_current = ({ validFromDate, validToDate }: X509Certificate) => validFromDate <= now && now <= validToDate;
  return [leaf, ...issuers].every(is_current) ? undefined : 'its certificate, or one above it, is out of date';
}

function isNamedBy(all: TlsaRecord[], usage: number, leaf: X509Certificate, issuers: X509Certificate[]): boolean {
  const records = all
    .filter((record) => record.usage === usage)
    .map(({ matchingType, certificate, ...record }) => ({ ...record, mtype: matchingType, cert: certificate }));
  // Without any record the library finds nothing wrong.
  return records.length > 0 && mxConnect.dane.verifyCertAgainstTlsa(leaf, records, issuers).valid;
}

const MAX_ISSUERS = 10;

function issuersOf(leaf: X509Certificate): X509Certificate[] {
  const issuers: X509Certificate[] = [];
  for (let next = leaf.issuerCertificate; next && issuers.length < MAX_ISSUERS; next = next.issuerCertificate) {
    if (issuers.some(({ fingerprint512 }) => fingerprint512 === next?.fingerprint512)) break;
    issuers.push(next);
  }
  return issuers;
}
