import type { LoadResult } from './load.ts';

/** Latencies of one run. Buckets grow by 1 %, so memory stays small and a percentile is off by half of that at most. */
export interface Histogram {
  add(value_ms: number): void;
  count(): number;
  /** The value in ms below which this share (0 to 1) of all lie; 0 when there are none. */
  percentile(share: number): number;
}

const LEAST_MS = 0.001;
const GROWTH = Math.log(1.01);

export function createHistogram(): Histogram {
  const buckets: number[] = [];
  let total = 0;
  return {
    add(value_ms) {
      const at = Math.max(0, Math.round(Math.log(Math.max(value_ms, LEAST_MS) / LEAST_MS) / GROWTH));
      buckets[at] = (buckets[at] ?? 0) + 1;
      total++;
    },
    count: () => total,
    percentile(share) {
      let left = Math.max(1, Math.ceil(total * share));
      for (const [at, count] of buckets.entries()) {
        left -= count ?? 0;
        if (total && left <= 0) return LEAST_MS * Math.exp(at * GROWTH);
      }
      return 0;
    },
  };
}

/** What a run amounts to, when each latency is one message. */
export function resultOf(latencies: Histogram, duration_ms: number): LoadResult {
  return {
    count: latencies.count(),
    rate: latencies.count() / (duration_ms / 1_000),
    p50_ms: latencies.percentile(0.5),
    p99_ms: latencies.percentile(0.99),
  };
}
