import { Refusal } from '../errors/refusal.ts';

/**
 * Group commit: what arrives while a batch is at the database forms the next batch. There is no timer, so an idle system
 * adds no latency, and a busy one pays one round trip and one flush for many callers. Resolves or rejects with the item's
 * own result once its batch has been written.
 */
export type GroupCommit<Item, Result> = (item: Item) => Promise<Result>;

interface Waiting<Item, Result> {
  item: Item;
  resolve(result: Result): void;
  reject(error: unknown): void;
}

export interface GroupCommitOptions<Item, Result> {
  /**
   * Writes a batch in one transaction; one outcome for each item, in order. When it throws, nothing was written: the
   * items are then written one by one, so that none fails for its neighbour's fault.
   */
  write(items: Item[]): Promise<Outcome<Result>[]>;
  /** The most items in one batch. */
  limit: number;
  /** The most bytes in one batch, by `size_bytes`; one larger item still goes, alone. */
  limit_bytes?: number;
  size_bytes?(item: Item): number;
  /** Batches at the database at once. */
  lanes: number;
  /**
   * So many begin a batch at once instead of at the end of the turn. Callers that are answered together come back
   * together, all in one turn: without it process and database would take turns for ever, each waiting for the other.
   * And only so many begin a batch beside one that is under way: each batch has its cost, however few are in it.
   */
  begin_at?: number;
}

export type Outcome<Result> = { result: Result } | { error: unknown };

export function groupCommit<Item, Result>(options: GroupCommitOptions<Item, Result>): GroupCommit<Item, Result> {
  const { lanes, begin_at } = options;
  const queue: Waiting<Item, Result>[] = [];
  let busy_lanes = 0;
  let opening: NodeJS.Immediate | undefined;

  const mayBegin = () => busy_lanes === 0 || (busy_lanes < lanes && queue.length >= (begin_at ?? 1));

  function open(): void {
    clearImmediate(opening);
    opening = undefined;
    while (queue.length && mayBegin()) void drain();
  }

  async function drain(): Promise<void> {
    busy_lanes++;
    await writeBatch(takeBatch(queue, options), options);
    busy_lanes--;
    open();
  }

  return (item) =>
    new Promise((resolve, reject) => {
      queue.push({ item, resolve, reject });
      if (begin_at && queue.length >= begin_at) open();
      // After the current turn of the event loop, so that requests read in the same turn share the first batch.
      else if (!opening && mayBegin()) opening = setImmediate(open);
    });
}

function takeBatch<Item, Result>(
  queue: Waiting<Item, Result>[],
  { limit, limit_bytes = Number.POSITIVE_INFINITY, size_bytes = () => 0 }: GroupCommitOptions<Item, Result>,
): Waiting<Item, Result>[] {
  let count = 0;
  let bytes = 0;
  for (const { item } of queue) {
    bytes += size_bytes(item);
    if (count && (count === limit || bytes > limit_bytes)) break;
    count++;
  }
  return queue.splice(0, count);
}

async function writeBatch<Item, Result>(
  batch: Waiting<Item, Result>[],
  { write }: Pick<GroupCommitOptions<Item, Result>, 'write'>,
): Promise<void> {
  try {
    const outcomes = await write(batch.map(({ item }) => item));
    batch.forEach(({ resolve, reject }, i) => {
      const outcome = outcomes[i];
      if (outcome && 'result' in outcome) resolve(outcome.result);
      else reject(outcome?.error ?? new Error('group commit: the writer left out an item'));
    });
  } catch (error) {
    // A database that is away is nobody's fault, and whether the batch was written is unknown.
    if (batch.length === 1 || error instanceof Refusal) for (const { reject } of batch) reject(error);
    else for (const waiting of batch) await writeBatch([waiting], { write });
  }
}
