import { isIPv6 } from 'node:net';

/** One of our addresses that mail leaves from. */
export interface Source {
  address: string;
  /** The name in EHLO, which the address's reverse DNS should give; the installation's when absent. */
  helo_name: string | undefined;
}

export interface ScopedSource extends Source {
  /** For whose mail: a tenant's id (`ten_…`), a class of mail, or everybody's. */
  scope: string | undefined;
}

export interface Sending {
  /** `ten_…`. */
  tenant: string;
  bulk: boolean;
  /** Our address at the last try. */
  last_source: string | null;
}

/**
 * The addresses that may carry a message, in the order in which to try them. The narrowest scope that fits decides: the
 * tenant's own, else the class's, else those for all. The address of the last try comes first, for whoever greylists
 * knows it; otherwise chance decides. Empty when the system is to choose.
 */
export function sourcesFor(all: readonly ScopedSource[], sending: Sending, random: () => number): ScopedSource[] {
  const of = (scope: string | undefined) => all.filter((source) => source.scope === scope);
  const pools = [of(sending.tenant), of(sending.bulk ? 'bulk' : 'transactional'), of(undefined)];
  const pool = pools.find((list) => list.length) ?? [];
  const drawn = pool.map((source) => ({
    source,
    rank: source.address === sending.last_source ? -1 : random(),
  }));
  return drawn.sort((a, b) => a.rank - b.rank).map(({ source }) => source);
}

/** Whether a connection between these addresses is possible at all. */
export function isSameFamily(source: Source, address: string): boolean {
  return isIPv6(source.address) === isIPv6(address);
}
