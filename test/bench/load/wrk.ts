import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { CONNECTIONS, type HttpLoad, type LoadResult } from './load.ts';

const run = promisify(execFile);
const SCRIPT = fileURLToPath(new URL('emails.lua', import.meta.url));
const VISITS = fileURLToPath(new URL('visits.lua', import.meta.url));

interface Summary {
  requests: number;
  duration_us: number;
  p50_us: number;
  p99_us: number;
  refused: number;
  broken: number;
}

/** One run of wrk, with one thread. */
export async function runWrk(wrk: string, load: HttpLoad): Promise<LoadResult> {
  const { url, api_key, run: name, keyed, seconds, template, signal } = load;
  const flags = ['-t1', `-c${CONNECTIONS}`, `-d${seconds}s`, '-s', SCRIPT, url];
  const { stdout } = await run(wrk, [...flags, '--', api_key, name, keyed ? 'keyed' : 'plain', template], { signal });
  return resultOf(stdout, url);
}

interface Visits {
  url: string;
  /** A path a line. */
  file: string;
  seconds: number;
  signal: AbortSignal;
}

/** GET requests for the paths of a file, in turn. */
export async function runVisits(wrk: string, { url, file, seconds, signal }: Visits): Promise<LoadResult> {
  const flags = ['-t1', `-c${CONNECTIONS}`, `-d${seconds}s`, '-s', VISITS, url];
  const { stdout } = await run(wrk, [...flags, '--', file], { signal });
  return resultOf(stdout, url);
}

function resultOf(stdout: string, url: string): LoadResult {
  const summary: Summary = JSON.parse(stdout.slice(stdout.lastIndexOf('{')));
  const { requests, duration_us, p50_us, p99_us, refused, broken } = summary;
  if (refused || broken)
    throw new Error(`${url}: of ${requests} requests ${refused} were refused, ${broken} broke off`);
  return { count: requests, rate: requests / (duration_us / 1e6), p50_ms: p50_us / 1_000, p99_ms: p99_us / 1_000 };
}
