import { type AddressPolicy, faultOfAddress } from '../../network/guard-address.ts';
import { type Dns, isAbsent } from './dns.ts';
import { createMemory } from './memory.ts';

/** A host that takes mail for a domain. */
export interface Exchange {
  host: string;
  /** The lowest is tried first. */
  preference: number;
  /** IPv4 before IPv6; only those that may be connected to. Never empty. */
  addresses: string[];
}

/** `none`: nobody takes mail for the domain, in an SMTP server's words. `trouble`: DNS did not say. */
export type Exchanges =
  | { kind: 'found'; exchanges: Exchange[] }
  | { kind: 'none'; reply: string }
  | { kind: 'trouble'; detail: string };

export interface ExchangesDeps {
  dns: Pick<Dns, 'mx' | 'a' | 'aaaa'>;
  addresses: AddressPolicy;
  now(): Date;
}

/** A domain may publish what it likes; more hosts and addresses than these nobody needs. */
const MAX_HOSTS = 10;
const MAX_ADDRESSES = 4;
const MAX_DOMAINS = 20_000;
/** Time to live is not told by every resolver call; five minutes suit mail, and trouble is asked about again soon. */
const KEEP_MS = { found: 5 * 60_000, none: 5 * 60_000, trouble: 60_000 };

/** Finds who takes mail for a domain (RFC 5321, 5.1), once for all messages of some minutes. */
export function createFindExchanges(deps: ExchangesDeps): (domain: string) => Promise<Exchanges> {
  const memory = createMemory<Exchanges>({
    now: deps.now,
    keepFor_ms: ({ kind }) => KEEP_MS[kind],
    most: MAX_DOMAINS,
  });
  return (domain) => memory.get(domain, () => find(deps, domain));
}

async function find(deps: ExchangesDeps, domain: string): Promise<Exchanges> {
  let hosts: { host: string; preference: number }[];
  try {
    const records = await deps.dns.mx(domain);
    const named = records.filter(({ exchange }) => exchange !== '' && exchange !== '.');
    // RFC 7505: the root as the only exchange says that the domain takes no mail.
    if (records.length && !named.length) {
      return { kind: 'none', reply: `556 5.1.10 ${domain} accepts no mail (null MX, RFC 7505)` };
    }
    hosts = named.map(({ exchange, priority }) => ({ host: exchange.toLowerCase(), preference: priority }));
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOTFOUND')
      return { kind: 'none', reply: `550 5.1.2 The domain ${domain} does not exist (NXDOMAIN)` };
    if (code !== 'ENODATA') return { kind: 'trouble', detail: troubleWith('MX', domain, error) };
    hosts = [];
  }
  // RFC 5321, 5.1: without MX the domain itself is the host.
  if (!hosts.length) hosts = [{ host: domain, preference: 0 }];
  const nearest = hosts.sort((a, b) => a.preference - b.preference).slice(0, MAX_HOSTS);
  return judge(domain, await Promise.all(nearest.map((host) => locate(deps, host))));
}

type Located = Exchange & { trouble: string | undefined; forbidden: string | undefined };

async function locate(
  { dns, addresses: policy }: ExchangesDeps,
  { host, preference }: { host: string; preference: number },
): Promise<Located> {
  const answers = await Promise.allSettled([dns.a(host), dns.aaaa(host)]);
  const found = answers.flatMap((answer) =>
    answer.status === 'fulfilled' ? answer.value.slice(0, MAX_ADDRESSES) : [],
  );
  const failed = answers.flatMap((answer) =>
    answer.status === 'rejected' && !isAbsent(answer.reason) ? troubleWith('addresses', host, answer.reason) : [],
  )[0];
  const faults = found.map((address) => faultOfAddress(address, policy));
  return {
    host,
    preference,
    addresses: found.filter((_, i) => faults[i] === undefined),
    trouble: failed,
    forbidden: faults.find((fault) => fault !== undefined),
  };
}

function judge(domain: string, located: Located[]): Exchanges {
  const usable = located.filter(({ addresses }) => addresses.length);
  if (usable.length) {
    return {
      kind: 'found',
      exchanges: usable.map(({ host, preference, addresses }) => ({ host, preference, addresses })),
    };
  }
  const trouble = located.find((host) => host.trouble)?.trouble;
  if (trouble) return { kind: 'trouble', detail: trouble };
  const forbidden = located.find((host) => host.forbidden)?.forbidden;
  const why = forbidden
    ? `its servers lead nowhere that mail may go: ${forbidden}`
    : 'none of its servers has an address';
  return { kind: 'none', reply: `550 5.4.4 ${domain} has no mail server that can be reached: ${why}` };
}

const WORDS: Record<string, string> = {
  ETIMEOUT: 'no answer in time',
  ESERVFAIL: 'SERVFAIL',
  EREFUSED: 'REFUSED',
  ECONNREFUSED: 'the name server could not be reached',
};

function troubleWith(what: string, name: string, error: unknown): string {
  const { code = '' } = error as NodeJS.ErrnoException;
  return `451 4.4.3 DNS did not say the ${what} of ${name}: ${WORDS[code] ?? (code || 'no reason given')}`;
}
