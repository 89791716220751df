import { readFileSync } from 'node:fs';
import { cpus } from 'node:os';

/** Linux counts CPU time in hundredths of a second for every program (sysconf _SC_CLK_TCK). */
const TICK_US = 10_000;

/** CPU time of one process so far, children apart; undefined where there is no /proc, or no such process. */
export function cpuOf(pid: number): number | undefined {
  const times = timesOf(pid);
  return times && (times.own + times.system) * TICK_US;
}

/** CPU time of a process and of all below it, those that have ended included. */
export function cpuOfTree(pid: number): number | undefined {
  const times = timesOf(pid);
  if (!times) return undefined;
  const own_us = (times.own + times.system + times.reaped) * TICK_US;
  return childrenOf(pid).reduce((sum, child) => sum + (cpuOfTree(child) ?? 0), own_us);
}

/** CPU time of the whole machine so far, and how much of it there is in a second. */
export function cpuOfMachine(): { busy_us: number; capacity_us: number } {
  const cores = cpus();
  const busy_ms = cores.reduce((sum, { times }) => sum + times.user + times.nice + times.sys + times.irq, 0);
  return { busy_us: busy_ms * 1_000, capacity_us: cores.length * 1e6 };
}

/** Fields 14 to 17 of proc(5)'s stat, in ticks; the name before them may hold anything, even brackets. */
function timesOf(pid: number): { own: number; system: number; reaped: number } | undefined {
  const stat = read(`/proc/${pid}/stat`);
  if (!stat) return undefined;
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const [own = 0, system = 0, reaped_own = 0, reaped_system = 0] = fields.slice(11, 15).map(Number);
  return { own, system, reaped: reaped_own + reaped_system };
}

function childrenOf(pid: number): number[] {
  return read(`/proc/${pid}/task/${pid}/children`).split(' ').filter(Boolean).map(Number);
}

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
