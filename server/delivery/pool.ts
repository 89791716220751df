import type { Line, OpenLine } from './connection.ts';
import { createIdleLines } from './idle-lines.ts';

export interface Pool {
  /** A line of one's own until it is released; waits while all are busy. Rejects when no server can be reached. */
  acquire(): Promise<Line>;
  release(line: Line, reusable: boolean): void;
  /** Nobody uses it and no connection is open. */
  isIdle(): boolean;
  close(): void;
}

/** How many connections may be open at once, for one pool or for several that share a limit. */
export interface ConnectionLimit {
  /** A place for one more connection, unless all are taken. */
  take(pool: LimitedPool): boolean;
  giveBack(): void;
  /** More are open than may be, since the limit has been lowered. */
  isOver(): boolean;
  join(pool: LimitedPool): void;
  leave(pool: LimitedPool): void;
}

export interface LimitedPool {
  /** There may be room for another connection. */
  openForWaiting(): void;
  /** Closes a connection that nobody uses, so that another pool may open one; false when there is none. */
  retireOne(): boolean;
}

export interface PoolOptions {
  open(): Promise<OpenLine>;
  limit: ConnectionLimit;
  max_messages_per_connection: number;
}

/** What limits the lines besides `limit` is the server: more than it has granted are not asked of it. */
export function createPool({ open, limit, max_messages_per_connection }: PoolOptions): Pool {
  const idle = createIdleLines();
  const waiting: { resolve(line: Line): void; reject(error: unknown): void }[] = [];
  /** Those that are being opened included. */
  let lines = 0;
  let granted = Number.POSITIVE_INFINITY;
  let closed = false;
  const self: LimitedPool = { openForWaiting, retireOne: idle.retireOne };
  limit.join(self);

  /** Opens a line for whoever has waited longest. */
  function openForWaiting(): void {
    if (closed || !waiting.length || lines >= granted || !limit.take(self)) return;
    lines++;
    open().then(
      (line) => {
        line.connection.once('end', () => drop(line));
        give(line);
      },
      (error) => {
        lines--;
        learnFrom(error);
        limit.giveBack();
      },
    );
  }

  /**
   * A server that refuses one more while it keeps others has its own limit: those who wait share the lines there are.
   * Without any, it cannot be reached, as everybody who waits learns, and its limit is not known.
   */
  function learnFrom(error: unknown): void {
    granted = lines || Number.POSITIVE_INFINITY;
    if (!lines) rejectAll(error);
  }

  /** Each line that ends lets the server be asked for one more than it granted before. */
  function drop(line: OpenLine): void {
    idle.forget(line);
    lines--;
    granted++;
    limit.giveBack();
    openForWaiting();
  }

  function give(line: OpenLine): void {
    const next = waiting.shift();
    if (next) next.resolve(line);
    else if (closed) line.connection.quit();
    else idle.put(line);
  }

  function rejectAll(error: unknown): void {
    for (const { reject } of waiting.splice(0)) reject(error);
  }

  return {
    acquire() {
      const line = idle.take();
      if (line) return Promise.resolve(line);
      return new Promise((resolve, reject) => {
        waiting.push({ resolve, reject });
        openForWaiting();
      });
    },
    release(released, reusable) {
      const line = released as OpenLine;
      line.messages++;
      if (closed || !reusable) line.connection.close();
      else if (line.messages >= max_messages_per_connection || limit.isOver()) line.connection.quit();
      else give(line);
    },
    isIdle: () => lines === 0 && waiting.length === 0,
    close() {
      closed = true;
      limit.leave(self);
      while (idle.retireOne());
      rejectAll(new Error('the worker is stopping'));
    },
  };
}
