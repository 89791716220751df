import { cpuOf, cpuWithChildrenOf } from './cpu.ts';
import { residentMb } from './memory.ts';

const SAMPLE_MS = 250;

/** A span of the machine's monotonic clock, which all processes share and CPU profiles use. */
export interface Span {
  from_us: number;
  to_us: number;
}

/** What the work has cost. CPU times are missing where the system does not tell them. */
export interface Cost {
  /** Highest resident memory seen of the first process. */
  rss_mb: number;
  /** CPU time of all the processes. */
  cpu_us?: number;
  /** CPU time of Postgres. */
  postgres_us?: number;
}

export interface Measured<T> {
  result: T;
  cost: Cost;
  span: Span;
}

interface Watched {
  processes: readonly { pid: number }[];
  postgres?: { pid: number };
}

/** Does the work and watches what it costs meanwhile. */
export async function measure<T>({ processes, postgres }: Watched, work: () => Promise<T>): Promise<Measured<T>> {
  let rss_mb = 0;
  const sample = () => {
    rss_mb = Math.max(rss_mb, residentMb(processes[0]?.pid ?? 0));
  };
  const timer = setInterval(sample, SAMPLE_MS);
  const from_us = clock_us();
  const cpuOfAll = () => processes.reduce((sum, { pid }) => sum + (cpuOf(pid) ?? Number.NaN), 0);
  const cpuOfPostgres = () => (postgres && cpuWithChildrenOf(postgres.pid)) ?? Number.NaN;
  const [cpu_before, postgres_before] = [cpuOfAll(), cpuOfPostgres()];
  try {
    const result = await work();
    sample();
    const [cpu_us, postgres_us] = [cpuOfAll() - cpu_before, cpuOfPostgres() - postgres_before];
    const cost: Cost = {
      rss_mb,
      ...(Number.isFinite(cpu_us) && { cpu_us }),
      ...(Number.isFinite(postgres_us) && { postgres_us }),
    };
    return { result, cost, span: { from_us, to_us: clock_us() } };
  } finally {
    clearInterval(timer);
  }
}

function clock_us(): number {
  return Number(process.hrtime.bigint() / 1_000n);
}
