import { setTimeout as sleep } from 'node:timers/promises';
import { Refusal } from '../errors/refusal.ts';

const EVERY_MS = 200;

/**
 * Repeats `work` while the database is away, for `patience_ms` at most. For work that may have been done although no answer
 * came: it has to be harmless the second time.
 */
export async function outlast<Result>(work: () => Promise<Result>, patience_ms: number): Promise<Result> {
  const end_ms = performance.now() + patience_ms;
  for (;;) {
    try {
      return await work();
    } catch (error) {
      const is_away = error instanceof Refusal && error.code === 'unavailable';
      if (!is_away || performance.now() >= end_ms) throw error;
    }
    await sleep(EVERY_MS);
  }
}
