import type { LoadResult } from '../load/load.ts';
import type { Cost } from '../machine/measure.ts';
import type { Profile } from '../machine/profile.ts';

/** One line of the table. */
export interface Row {
  name: string;
  /** Messages a second. */
  rate: number;
  p50_ms: number;
  p99_ms: number;
  /** Highest resident memory of the role's process. */
  rss_mb?: number;
  /** CPU time of the server's processes for one message; beside others on a busy machine it says more than the rate. */
  cpu_us?: number;
  /** CPU time of Postgres for one message. */
  postgres_us?: number;
  /** Share of the machine that other programs took meanwhile; the more it is, the less the rate says. */
  others?: number;
  /** The rate's share of the first ceiling's rate; ceilings have none. */
  of_ceiling?: number;
}

/** One row with what lies behind it. */
export interface Run {
  row: Row;
  /** Of each process of the server; empty without the profiler. */
  profiles: Profile[];
}

/** What one benchmark hands back. */
export interface Report {
  benchmark: string;
  rows: Row[];
  /** What a reader must know to read the rows rightly. */
  notes: string[];
  profiles: Profile[];
}

/** A row of the table from what a run amounts to, and what it cost. */
export function toRow(name: string, { count, rate, p50_ms, p99_ms }: LoadResult, cost: Cost): Row {
  const { cpu_us, postgres_us, ...rest } = cost;
  return {
    name,
    rate,
    p50_ms,
    p99_ms,
    ...rest,
    ...(cpu_us !== undefined && { cpu_us: cpu_us / count }),
    ...(postgres_us !== undefined && { postgres_us: postgres_us / count }),
  };
}

/** Sets each row's share of the ceiling. */
export function besideCeiling(ceiling: Row, rows: readonly Row[]): Row[] {
  return rows.map((row) => ({ ...row, of_ceiling: row.rate / ceiling.rate }));
}
