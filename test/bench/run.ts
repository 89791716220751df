import { loadavg } from 'node:os';
import { accept } from './accept.ts';
import { deliver } from './deliver.ts';
import { inbound } from './inbound.ts';
import { type BenchmarkName, type BenchOptions, readArguments } from './options.ts';
import { relay } from './relay.ts';
import type { Report } from './report/report.ts';
import { keepResults, RESULTS_FILE } from './report/results.ts';
import { showProfile, showTable } from './report/table.ts';
import { sign } from './sign.ts';
import { installedTools } from './tools.ts';
import { track } from './track.ts';

/**
 * npm run bench [-- accept relay deliver sign track inbound --profile --own-tools --seconds=10 --emails=20000]
 *
 * Each benchmark measures its ceiling in the same run. Nothing here asserts a time: machines differ, ratios tell.
 */
const run: Record<BenchmarkName, (options: BenchOptions) => Promise<Report>> = {
  accept,
  relay,
  deliver,
  sign,
  track,
  inbound,
};

const stop = new AbortController();
for (const name of ['SIGINT', 'SIGTERM'] as const) process.once(name, () => stop.abort(new Error('stopped')));

try {
  const { names, own_tools, ...chosen } = readArguments(process.argv.slice(2));
  const tools = own_tools ? {} : installedTools(process.env.PATH ?? '');
  const say = (line: string) => process.stderr.write(`  … ${line}\n`);
  const start = { date: new Date(), load_average: loadavg()[0] ?? 0 };
  const reports: Report[] = [];
  try {
    for (const name of names) reports.push(await run[name]({ ...chosen, tools, signal: stop.signal, say }));
  } finally {
    // What was measured before something failed took minutes.
    if (reports.length) process.stdout.write(`\n${showTable(reports)}\n`);
  }
  for (const profile of reports.flatMap(({ profiles }) => profiles)) process.stdout.write(`${showProfile(profile)}\n`);
  if (chosen.profile) {
    process.stdout.write('Under the profiler the servers are slower and larger: these figures are not kept.\n');
  } else {
    await keepResults(reports, start);
    process.stdout.write(`Kept in ${RESULTS_FILE}\n`);
  }
} catch (error) {
  process.stderr.write(`bench: ${error instanceof Error ? error.message : error}\n`);
  process.exitCode = 1;
}
