import type { Line, OpenLine } from './connection.ts';

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

const IDLE_MS = 5_000;

export function createPool({ open, limit, max_messages_per_connection }: PoolOptions): Pool {
  const idle: OpenLine[] = [];
  const waiting: { resolve(line: Line): void; reject(error: unknown): void }[] = [];
  let lines = 0;
  let ceiling = Number.POSITIVE_INFINITY;
  let closed = false;
  const self: LimitedPool = { openForWaiting, retireOne };
  limit.join(self);

  /**
   * Opens a line for whoever has waited longest. A server that refuses one more while it keeps others has its own limit:
   * those who wait share the lines there are. Without any, everybody who waits learns that it cannot be reached.
   */
  function openForWaiting(): void {
    if (closed || !waiting.length || lines >= ceiling || !limit.take(self)) return;
    lines++;
    open().then(
      (line) => {
        line.connection.once('end', () => drop(line));
        give(line);
      },
      (error) => {
        lines--;
        if (lines) ceiling = lines;
        else for (const { reject } of waiting.splice(0)) reject(error);
        limit.giveBack();
      },
    );
  }

  /** Each line that ends lets the server be asked for one more than it granted before. */
  function drop(line: OpenLine): void {
    forget(line);
    lines--;
    ceiling++;
    limit.giveBack();
    openForWaiting();
  }

  function give(line: OpenLine): void {
    const next = waiting.shift();
    if (next) {
      next.resolve(line);
      return;
    }
    line.idle_timer = setTimeout(() => retire(line), IDLE_MS);
    idle.push(line);
  }

  /** Once QUIT is said the line must not be handed out, though it takes the server a moment to hang up. */
  function retire(line: OpenLine): void {
    forget(line);
    line.connection.quit();
  }

  function retireOne(): boolean {
    const [line] = idle;
    if (line) retire(line);
    return line !== undefined;
  }

  function forget(line: OpenLine): void {
    const at = idle.indexOf(line);
    if (at >= 0) idle.splice(at, 1);
    clearTimeout(line.idle_timer);
  }

  return {
    acquire() {
      const line = idle.pop();
      if (line) {
        clearTimeout(line.idle_timer);
        return Promise.resolve(line);
      }
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
      for (const line of idle.splice(0)) retire(line);
      for (const { reject } of waiting.splice(0)) reject(new Error('the worker is stopping'));
    },
  };
}
