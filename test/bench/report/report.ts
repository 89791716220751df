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

/** A row of the table from what a run amounts to. */
export function toRow(name: string, { rate, p50_ms, p99_ms }: Omit<Row, 'name'>, rss_mb?: number): Row {
  return { name, rate, p50_ms, p99_ms, ...(rss_mb !== undefined && { rss_mb }) };
}

/** Sets each row's share of the ceiling. */
export function besideCeiling(ceiling: Row, rows: readonly Row[]): Row[] {
  return rows.map((row) => ({ ...row, of_ceiling: row.rate / ceiling.rate }));
}
