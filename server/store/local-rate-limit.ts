import type { Quota, RateLimit } from './rate-limit.ts';

export interface RateLimitOptions {
  requests: number;
  window_s: number;
}

interface Window {
  count: number;
  ends_ms: number;
}

/** Counts in this process alone: a key's window begins with its first request. Answers at once. */
export function localRateLimit({ requests, window_s }: RateLimitOptions): RateLimit & { take(key: string): Quota } {
  // All windows are of one length, so they end in the order in which they were put in.
  const windows = new Map<string, Window>();

  function open(key: string, now_ms: number): Window {
    for (const [ended, { ends_ms }] of windows) {
      if (ends_ms > now_ms) break;
      windows.delete(ended);
    }
    const window = { count: 0, ends_ms: now_ms + window_s * 1_000 };
    windows.set(key, window);
    return window;
  }

  return {
    requests,
    window_s,
    take(key) {
      const now_ms = performance.now();
      const known = windows.get(key);
      const window = known && known.ends_ms > now_ms ? known : open(key, now_ms);
      return toQuota(++window.count, window.ends_ms - now_ms, requests);
    },
  };
}

export function toQuota(count: number, left_ms: number, requests: number): Quota {
  return {
    allowed: count <= requests,
    remaining: Math.max(requests - count, 0),
    reset_s: Math.max(1, Math.ceil(left_ms / 1_000)),
  };
}
