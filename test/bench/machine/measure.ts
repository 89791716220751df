import { residentMb } from './memory.ts';

const SAMPLE_MS = 250;

/** A span of the machine's monotonic clock, which all processes share and CPU profiles use. */
export interface Span {
  from_us: number;
  to_us: number;
}

export interface Measured<T> {
  result: T;
  /** Highest resident memory seen of each process, in the order given. */
  peak_rss_mb: number[];
  span: Span;
}

/** Does the work and watches the memory of the processes meanwhile. */
export async function measure<T>(processes: readonly { pid: number }[], work: () => Promise<T>): Promise<Measured<T>> {
  const peaks = processes.map(() => 0);
  const sample = () => {
    for (const [at, { pid }] of processes.entries()) peaks[at] = Math.max(peaks[at] ?? 0, residentMb(pid));
  };
  const timer = setInterval(sample, SAMPLE_MS);
  const from_us = clock_us();
  try {
    const result = await work();
    sample();
    return { result, peak_rss_mb: peaks, span: { from_us, to_us: clock_us() } };
  } finally {
    clearInterval(timer);
  }
}

function clock_us(): number {
  return Number(process.hrtime.bigint() / 1_000n);
}
