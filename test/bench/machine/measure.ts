import { cpuOf, cpuOfMachine, cpuOfTree } from './cpu.ts';
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
  rss_mb?: number;
  /** CPU time of all the processes. */
  cpu_us?: number;
  /** CPU time of Postgres. */
  postgres_us?: number;
  /** Share of the machine that programs other than the benchmark and its children took meanwhile, from 0 to 1. */
  others?: number;
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
export async function measure<T>(watched: Watched, work: () => Promise<T>): Promise<Measured<T>> {
  const first = watched.processes[0];
  let rss_mb = 0;
  const sample = () => {
    if (first) rss_mb = Math.max(rss_mb, residentMb(first.pid));
  };
  const timer = setInterval(sample, SAMPLE_MS);
  const before = clocks(watched);
  try {
    const result = await work();
    sample();
    const after = clocks(watched);
    const cost = { ...(first && { rss_mb }), ...spent(before, after) };
    return { result, cost, span: { from_us: before.at_us, to_us: after.at_us } };
  } finally {
    clearInterval(timer);
  }
}

type Clocks = ReturnType<typeof clocks>;

/** Not a number: the system does not say. */
function clocks({ processes, postgres }: Watched) {
  return {
    at_us: Number(process.hrtime.bigint() / 1_000n),
    cpu_us: processes.length ? processes.reduce((sum, { pid }) => sum + (cpuOf(pid) ?? Number.NaN), 0) : Number.NaN,
    postgres_us: (postgres && cpuOfTree(postgres.pid)) ?? Number.NaN,
    others_us: cpuOfMachine().busy_us - (cpuOfTree(process.pid) ?? Number.NaN),
  };
}

function spent(before: Clocks, after: Clocks): Omit<Cost, 'rss_mb'> {
  const [cpu_us, postgres_us] = [after.cpu_us - before.cpu_us, after.postgres_us - before.postgres_us];
  const capacity_us = (cpuOfMachine().capacity_us * (after.at_us - before.at_us)) / 1e6;
  const others = Math.max(0, after.others_us - before.others_us) / capacity_us;
  return {
    ...(Number.isFinite(cpu_us) && { cpu_us }),
    ...(Number.isFinite(postgres_us) && { postgres_us }),
    ...(Number.isFinite(others) && { others }),
  };
}
