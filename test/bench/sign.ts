import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { LoadResult } from './load/load.ts';
import { measure } from './machine/measure.ts';
import { readProfile } from './machine/profile.ts';
import { type BenchOptions, WARM_UP_SECONDS } from './options.ts';
import { besideCeiling, type Report, type Run, toRow } from './report/report.ts';

const SCRIPT = fileURLToPath(new URL('load/signing.ts', import.meta.url));

/** DKIM signatures a second: what is left of OpenSSL's own rate when header and body are made ready for it. */
export async function sign(options: BenchOptions): Promise<Report> {
  const ceiling = await run('OpenSSL, RSA 2048 on the thread pool (the ceiling)', 'digest', options);
  const runs = [
    await run('DKIM of a message of 2 KB', 'message', options),
    await run('DKIM of one more copy of it', 'copy', options),
  ];
  return {
    benchmark: 'sign',
    rows: [
      ceiling.row,
      ...besideCeiling(
        ceiling.row,
        runs.map(({ row }) => row),
      ),
    ],
    notes: ['100 signatures under way at a time, in one process with the thread pool of 4'],
    profiles: runs.flatMap(({ profiles }) => profiles),
  };
}

async function run(name: string, what: string, { seconds, profile, signal, say }: BenchOptions): Promise<Run> {
  say(name);
  const directory = await mkdtemp(join(tmpdir(), 'koltrix-bench-'));
  try {
    const flags = profile ? ['--cpu-prof', `--cpu-prof-dir=${directory}`] : [];
    const args = [...flags, SCRIPT, what, String(WARM_UP_SECONDS), String(seconds)];
    const child = () => promisify(execFile)(process.execPath, args, { signal });
    const { result: ended, cost, span } = await measure({ processes: [] }, child);
    const { cpu_us, ...result }: LoadResult & { cpu_us: number } = JSON.parse(ended.stdout);
    const profiles = profile ? [await readProfile(directory, name, span)] : [];
    return { row: toRow(name, result, { ...cost, cpu_us }), profiles };
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}
