import { Pool } from 'undici';
import type { ResolvedAddress } from './policy.ts';

/** Connections to checked addresses; a pool is shared only by those with the same origin and the same addresses. */
export interface Connections extends AsyncDisposable {
  to(origin: string, addresses: readonly ResolvedAddress[]): Pool;
}

const MAX_POOLS = 256;
const IDLE_MS = 4_000;
const MAX_HEADER_BYTES = 16 * 1024;

/** `connect_ms` bounds the making of a connection, TLS included. */
export function openConnections({ connect_ms }: { connect_ms: number }): Connections {
  const pools = new Map<string, Pool>();

  function open(origin: string, addresses: readonly ResolvedAddress[]): Pool {
    return new Pool(origin, {
      pipelining: 1,
      keepAliveTimeout: IDLE_MS,
      // Whatever a server's Keep-Alive header asks for.
      keepAliveMaxTimeout: IDLE_MS,
      maxHeaderSize: MAX_HEADER_BYTES,
      allowH2: false,
      autoSelectFamily: true,
      // An IP address in the URL is connected to as it is; a name only ever leads to the addresses that were checked.
      connect: { timeout: connect_ms, lookup: (_hostname, { all }, done) => answerWith(addresses, all === true, done) },
    });
  }

  return {
    to(origin, addresses) {
      const key = [origin, ...addresses.map(({ address }) => address).sort()].join(' ');
      const pool = pools.get(key) ?? open(origin, addresses);
      // The map keeps the order of use, so the first is the one unused for longest.
      pools.delete(key);
      pools.set(key, pool);
      const [oldest] = pools;
      if (pools.size > MAX_POOLS && oldest) {
        pools.delete(oldest[0]);
        void oldest[1].close();
      }
      return pool;
    },
    async [Symbol.asyncDispose]() {
      await Promise.all([...pools.values()].map((pool) => pool.destroy()));
    },
  };
}

type LookupDone = (
  error: Error | null,
  address: string | { address: string; family: number }[],
  family?: number,
) => void;

function answerWith(addresses: readonly ResolvedAddress[], all: boolean, done: LookupDone): void {
  const [first] = addresses;
  if (all) done(null, [...addresses]);
  else if (first) done(null, first.address, first.family);
  else done(new Error('no address'), []);
}
