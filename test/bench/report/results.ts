import { appendFile } from 'node:fs/promises';
import { cpus, totalmem } from 'node:os';
import { fileURLToPath } from 'node:url';
import type { Report } from './report.ts';

export const RESULTS_FILE = fileURLToPath(new URL('../results.jsonl', import.meta.url));

/** One JSON line for a run: when, on what, how busy that was before, and the figures. */
export async function keepResults(
  reports: readonly Report[],
  { date, load_average }: { date: Date; load_average: number },
): Promise<void> {
  const results = reports.map(({ benchmark, rows, notes }) => ({ benchmark, rows: rows.map(rounded), notes }));
  const line = { date: date.toISOString(), machine: machine(), load_average, results };
  await appendFile(RESULTS_FILE, `${JSON.stringify(line)}\n`);
}

function machine() {
  const cores = cpus();
  return {
    cpus: cores.length,
    cpu_model: cores[0]?.model.trim() ?? 'unknown',
    memory_gb: Math.round(totalmem() / 2 ** 30),
    platform: `${process.platform} ${process.arch}`,
    node: process.version,
  };
}

/** Three digits say all that a benchmark knows. */
function rounded<T extends object>(row: T): object {
  return Object.fromEntries(
    Object.entries(row).map(([name, value]) => [
      name,
      typeof value === 'number' ? Number(value.toPrecision(3)) : value,
    ]),
  );
}
