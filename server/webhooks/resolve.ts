import { lookup, Resolver } from 'node:dns/promises';
import type { Resolve } from './policy.ts';

const MEMORY_MS = 5_000;
const MAX_NAMES = 1_000;

/**
 * The system's resolver (hosts file included), asked once for all that want the same name within five seconds: each
 * question takes one of the few threads that signing also needs.
 */
export function systemResolver(now: () => Date): Resolve {
  const known = new Map<string, { at: number; addresses: ReturnType<Resolve> }>();
  return (hostname) => {
    const at = now().getTime();
    const remembered = known.get(hostname);
    if (remembered && Math.abs(at - remembered.at) < MEMORY_MS) return remembered.addresses;
    if (known.size >= MAX_NAMES) known.clear();
    const addresses = lookup(hostname, { all: true, order: 'verbatim' });
    known.set(hostname, { at, addresses });
    return addresses;
  };
}

/** Asks the given resolvers, past the hosts file: for networks with a resolver of their own. */
export function resolverAt(servers: readonly string[]): Resolve {
  const resolver = new Resolver({ timeout: 2_000, tries: 2 });
  resolver.setServers(servers);
  return async (hostname) => {
    const [v4, v6] = await Promise.allSettled([resolver.resolve4(hostname), resolver.resolve6(hostname)]);
    const found = [
      ...(v4.status === 'fulfilled' ? v4.value.map((address) => ({ address, family: 4 })) : []),
      ...(v6.status === 'fulfilled' ? v6.value.map((address) => ({ address, family: 6 })) : []),
    ];
    if (!found.length) throw v4.status === 'rejected' ? v4.reason : new Error('the name has no address');
    return found;
  };
}
