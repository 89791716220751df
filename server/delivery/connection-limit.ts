import type { ConnectionLimit, LimitedPool } from './pool.ts';

/** A limit that pools share: those from several of our addresses to one set of servers. */
export function createConnectionLimit(most: () => number): ConnectionLimit {
  const pools = new Set<LimitedPool>();
  let open = 0;
  return {
    take(pool) {
      if (open < most()) {
        open++;
        return true;
      }
      // A place comes free when an idle connection of another pool has said good-bye.
      for (const other of pools) if (other !== pool && other.retireOne()) break;
      return false;
    },
    giveBack() {
      open--;
      for (const pool of pools) pool.openForWaiting();
    },
    isOver: () => open > most(),
    join: (pool) => void pools.add(pool),
    leave: (pool) => void pools.delete(pool),
  };
}
