import { lookup } from 'node:dns/promises';
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
