import { type Reply, replyOf, type WithResponse } from './reply.ts';
import type { Call, Transport } from './transport.ts';

/** One page of a list. Iterating over it goes through its items and those of every page behind it. */
export class Page<T> implements AsyncIterable<T> {
  readonly data: readonly T[];
  /** Where the next page begins; null on the last one. */
  readonly next_cursor: string | null;
  readonly #open: (cursor: string) => Promise<WithResponse<Page<T>>>;

  constructor(
    body: { data: T[]; next_cursor: string | null },
    open: (cursor: string) => Promise<WithResponse<Page<T>>>,
  ) {
    this.data = body.data;
    this.next_cursor = body.next_cursor;
    this.#open = open;
  }

  /** The page behind this one, or null. */
  async nextPage(): Promise<Page<T> | null> {
    return this.next_cursor === null ? null : (await this.#open(this.next_cursor)).data;
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<T, void, undefined> {
    for (let page: Page<T> | null = this; page; page = await page.nextPage()) yield* page.data;
  }
}

/** Await it for the first page, or iterate over it for the items of all pages; each page is fetched when needed. */
export interface PageReply<T> extends Reply<Page<T>>, AsyncIterable<T> {}

/** @param cursorName - the query parameter that `next_cursor` goes into */
export function pagesOf<T>(transport: Transport, call: Call, cursorName = 'cursor'): PageReply<T> {
  const open = async (query: object | undefined): Promise<WithResponse<Page<T>>> => {
    const { data, response } = await transport({ ...call, ...(query && { query }) });
    const next = (cursor: string) => open({ ...call.query, [cursorName]: cursor });
    return { data: new Page<T>(data as { data: T[]; next_cursor: string | null }, next), response };
  };
  const first = replyOf<Page<T>>(open(call.query));
  return Object.assign(first, {
    async *[Symbol.asyncIterator](): AsyncGenerator<T, void, undefined> {
      yield* await first;
    },
  });
}
