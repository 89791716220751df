import type { World } from './world.ts';

interface WaitOptions {
  timeout_ms: number;
  /** Ends the wait early. */
  signal?: AbortSignal | undefined;
}

/** Resolves with whether it has come to hold: at once, or when something changes in time. */
export function waitFor(world: World, holds: () => boolean, { timeout_ms, signal }: WaitOptions): Promise<boolean> {
  if (holds() || timeout_ms <= 0 || signal?.aborted) return Promise.resolve(holds());
  return new Promise((resolve) => {
    const end = () => {
      leave();
      clearTimeout(timer);
      signal?.removeEventListener('abort', end);
      resolve(holds());
    };
    const leave = world.onChange(() => {
      if (holds()) end();
    });
    const timer = setTimeout(end, timeout_ms);
    signal?.addEventListener('abort', end, { once: true });
  });
}
