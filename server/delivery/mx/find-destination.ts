import { domainOf } from '../../mail/address.ts';
import { showId } from '../../store/ids.ts';
import type { Lease } from '../../store/outbound-leases.sql.ts';
import { type Receivers, receiverOf } from '../receivers.ts';
import type { Destination, SmtpServer } from '../route.ts';
import { isSameFamily, type ScopedSource, sourcesFor } from '../sources.ts';
import type { Tlsa } from './dane.ts';
import type { Exchange, Exchanges } from './exchanges.ts';
import type { StsPolicy } from './sts-policy.ts';
import { isNamed } from './sts-policy.ts';

/** Where one message may go: destinations that differ in our own address alone, the first choice first. */
export type Found =
  | { kind: 'found'; receiver: string; destinations: (Destination & { source: string | undefined })[] }
  | { kind: 'none'; reply: string }
  | { kind: 'trouble'; detail: string };

export interface FindDestinationDeps {
  findExchanges(domain: string): Promise<Exchanges>;
  findStsPolicy(domain: string): Promise<StsPolicy | undefined>;
  /** Absent without DANE. */
  dane: Dane | undefined;
  receivers: Receivers;
  /** Of the connections that a receiver grants, those that this worker may open now. */
  shareOf(connections: number): number;
  sources: readonly ScopedSource[];
  ca: readonly string[];
  /** 25, but for tests. */
  port: number;
  random(): number;
}

interface Dane {
  findTlsa(host: string, domain: string): Promise<Tlsa>;
  faultOf(
    socket: Parameters<NonNullable<SmtpServer['faultOf']>>[0],
    tlsa: Extract<Tlsa, { kind: 'usable' }>,
  ): string | undefined;
}

type Secured = Exchange &
  Pick<SmtpServer, 'tls' | 'faultOf' | 'servername'> & {
    /** What else sets its connections apart from those to the same host for other domains. */
    names?: string[];
  };

/** Finds the recipient's own servers, how they are to be spoken to, and from where. */
export async function findDestination(deps: FindDestinationDeps, lease: Lease): Promise<Found> {
  const domain = domainOf(lease.recipient);
  const [found, policy] = await Promise.all([deps.findExchanges(domain), deps.findStsPolicy(domain)]);
  if (found.kind !== 'found') return found;
  const secured = await secure(deps, domain, found.exchanges, policy);
  if ('kind' in secured) return secured;
  const hosts = found.exchanges.map(({ host }) => host);
  const { name: receiver, connections, messages_per_connection } = receiverOf(deps.receivers, hosts);
  const sending = { tenant: showId('ten', lease.tenant_id), bulk: lease.bulk, last_source: lease.last_source };
  const sources = sourcesFor(deps.sources, sending, deps.random);
  const usable = sources.filter((source) =>
    secured.some(({ addresses }) => addresses.some((address) => isSameFamily(source, address))),
  );
  if (sources.length && !usable.length) {
    return { kind: 'trouble', detail: `451 4.4.1 None of our addresses is of the family of those of ${domain}` };
  }
  const group = [...hosts].sort().join(' ');
  const choices = usable.length ? usable : [undefined];
  return {
    kind: 'found',
    receiver,
    destinations: choices.map((source) => ({
      messages_per_connection,
      get connections() {
        return deps.shareOf(connections);
      },
      name: [
        group,
        source?.address ?? '',
        ...secured.map(({ host, tls, names = [] }) => [host, tls, ...names].join('/')),
      ].join('|'),
      group,
      adaptive: true,
      source: source?.address,
      servers: () => inOrder(secured, deps.random).flatMap((exchange) => serversOf(deps, exchange, source)),
    })),
  };
}

async function secure(
  deps: FindDestinationDeps,
  domain: string,
  exchanges: Exchange[],
  policy: StsPolicy | undefined,
): Promise<Secured[] | Extract<Found, { kind: 'trouble' }>> {
  const silent: string[] = [];
  const all = await Promise.all(
    exchanges.map(async (exchange): Promise<Secured | undefined> => {
      const tlsa = deps.dane ? await deps.dane.findTlsa(exchange.host, domain).catch(() => undefined) : NO_TLSA;
      if (!tlsa) silent.push(exchange.host);
      return tlsa && secureOne(deps, exchange, tlsa, policy);
    }),
  );
  const usable = all.filter((exchange) => exchange !== undefined);
  if (usable.length) return usable;
  const detail = silent.length
    ? `451 4.7.5 DNS did not say the TLSA records of ${silent[0]} (DANE, RFC 7672)`
    : `451 4.7.5 The MTA-STS policy of ${domain} names none of its mail servers`;
  return { kind: 'trouble', detail };
}

const NO_TLSA: Tlsa = { kind: 'none' };

/** RFC 8461, 2: where a host publishes TLSA records, DANE stands above MTA-STS. */
function secureOne(
  { dane }: FindDestinationDeps,
  exchange: Exchange,
  tlsa: Tlsa,
  policy: StsPolicy | undefined,
): Secured | undefined {
  if (tlsa.kind === 'usable') {
    const { base: servername, names } = tlsa;
    return { ...exchange, tls: 'pinned', servername, names, faultOf: (socket) => dane?.faultOf(socket, tlsa) };
  }
  if (policy) return isNamed(policy, exchange.host) ? { ...exchange, tls: 'verified' } : undefined;
  return { ...exchange, tls: tlsa.kind === 'unusable' ? 'required' : 'fallback' };
}

/** RFC 5321, 5.1: by preference, equal ones shuffled. */
function inOrder(exchanges: readonly Secured[], random: () => number): Secured[] {
  return exchanges
    .map((exchange) => ({ exchange, rank: random() }))
    .sort((a, b) => a.exchange.preference - b.exchange.preference || a.rank - b.rank)
    .map(({ exchange }) => exchange);
}

function serversOf(
  { port, ca }: FindDestinationDeps,
  { host, addresses, tls, servername, faultOf }: Secured,
  source: ScopedSource | undefined,
): SmtpServer[] {
  return addresses
    .filter((address) => !source || isSameFamily(source, address))
    .map((address) => ({
      host,
      address,
      port,
      secure: false,
      auth: undefined,
      source,
      ca,
      ...(tls && { tls }),
      ...(servername !== undefined && { servername }),
      ...(faultOf && { faultOf }),
    }));
}
