import type { Hints, Topic } from './hints.ts';

export interface LeasedWork<Item> {
  /** Takes up to `limit` due items under a lease; see `outbound-messages.sql.ts` for the pattern. */
  lease(limit: number): Promise<Item[]>;
  /** Does one item and settles it. Must not throw for the item's own failures. */
  work(item: Item): Promise<void>;
  /** Items under way at once. */
  concurrency: number;
  /** Items of one lease at most, so that nobody waits for a long one; `concurrency` when absent. */
  batch?: number;
  /** How often to look when no hint comes: polling is the truth. */
  poll_ms: number;
  hints: Pick<Hints, 'on'>;
  topic: Topic;
  onError(error: unknown): void;
}

export interface LeasedWorker extends AsyncDisposable {
  /** Looks for due work now. */
  wake(): void;
}

/**
 * Runs leased work: no lock is held while an item is done, and a crash only lets the lease run out. Disposing stops
 * taking leases and waits for the items under way.
 */
export function startLeasedWork<Item>(options: LeasedWork<Item>): LeasedWorker {
  const { lease, work, concurrency, batch = concurrency, poll_ms, hints, topic, onError } = options;
  let in_flight = 0;
  let stopping = false;
  let leasing = false;
  let asked_again = false;
  let timer: NodeJS.Timeout | undefined;
  let drained: (() => void) | undefined;

  async function look(): Promise<void> {
    if (leasing || stopping) {
      asked_again = true;
      return;
    }
    leasing = true;
    clearTimeout(timer);
    let more = false;
    try {
      const room = concurrency - in_flight;
      asked_again = false;
      // Leasing a handful at a time would cost a round trip each; wait until a quarter of the places is free.
      if (room >= concurrency / 4) {
        const limit = Math.min(room, batch);
        const items = await lease(limit);
        more = items.length === limit;
        for (const item of items) void run(item);
      }
    } catch (error) {
      onError(error);
    }
    leasing = false;
    if (stopping) return settleStop();
    timer = setTimeout(look, more || asked_again ? 0 : poll_ms);
  }

  async function run(item: Item): Promise<void> {
    in_flight++;
    try {
      await work(item);
    } catch (error) {
      onError(error);
    } finally {
      in_flight--;
      if (stopping) settleStop();
      else if (in_flight <= concurrency / 2) void look();
    }
  }

  function settleStop(): void {
    if (!in_flight && !leasing) drained?.();
  }

  const unsubscribe = hints.on(topic, () => void look());
  void look();
  return {
    wake: () => void look(),
    async [Symbol.asyncDispose]() {
      unsubscribe();
      clearTimeout(timer);
      const done = new Promise<void>((resolve) => {
        drained = resolve;
      });
      stopping = true;
      settleStop();
      await done;
    },
  };
}
