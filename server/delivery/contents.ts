import type { Database } from '../store/database.ts';
import { type ContentRow, loadContents } from '../store/emails.sql.ts';

/** Contents up to this size come with the lease; larger ones are loaded when their turn comes, under a budget. */
export const SMALL_BYTES = 128 * 1024;
/** What all larger messages of a worker may take at once, as stored. */
const BUDGET_BYTES = 50 * 1024 * 1024;

export interface LoadedContent extends Disposable {
  /** JSON, or the bytes of a raw message. */
  stored: string | Buffer;
}

export type LoadContent = (row: ContentRow) => Promise<LoadedContent>;

/** Keeps a worker's memory flat however large the mail: large messages wait for each other, small ones for nobody. */
export function createLoadContent(db: Database): LoadContent {
  const waiting: (() => void)[] = [];
  let used_bytes = 0;

  async function reserve(size_bytes: number): Promise<Disposable> {
    while (used_bytes > 0 && used_bytes + size_bytes > BUDGET_BYTES) {
      await new Promise<void>((resolve) => waiting.push(resolve));
    }
    used_bytes += size_bytes;
    return {
      [Symbol.dispose]() {
        used_bytes -= size_bytes;
        for (const wake of waiting.splice(0)) wake();
      },
    };
  }

  return async (row) => {
    if (row.content) return { stored: row.content, [Symbol.dispose]() {} };
    const place = await reserve(row.size_bytes);
    try {
      const [loaded] = await loadContents(db, [{ tenant_id: row.tenant_id, email_id: row.id }], row.size_bytes);
      if (!loaded?.content) throw new Error(`email ${row.id} has no content`);
      return { stored: loaded.content, [Symbol.dispose]: () => place[Symbol.dispose]() };
    } catch (error) {
      place[Symbol.dispose]();
      throw error;
    }
  };
}
