import type { OpenLine } from './connection.ts';

/** Lines that nobody uses. Each is closed when it stays so for a while. */
export interface IdleLines {
  put(line: OpenLine): void;
  /** The one that was used last, so that those too many grow old. */
  take(): OpenLine | undefined;
  /** It is not to be handed out, for it has ended. */
  forget(line: OpenLine): void;
  /** Closes the one that has been idle for longest; false when there is none. */
  retireOne(): boolean;
}

const IDLE_MS = 5_000;

export function createIdleLines(): IdleLines {
  const lines: OpenLine[] = [];

  function forget(line: OpenLine): void {
    const at = lines.indexOf(line);
    if (at >= 0) lines.splice(at, 1);
    clearTimeout(line.idle_timer);
  }

  /** Once QUIT is said the line must not be handed out, though it takes the server a moment to hang up. */
  function retire(line: OpenLine): void {
    forget(line);
    line.connection.quit();
  }

  return {
    put(line) {
      line.idle_timer = setTimeout(() => retire(line), IDLE_MS);
      lines.push(line);
    },
    take() {
      const line = lines.pop();
      clearTimeout(line?.idle_timer);
      return line;
    },
    forget,
    retireOne() {
      const [line] = lines;
      if (line) retire(line);
      return line !== undefined;
    },
  };
}
