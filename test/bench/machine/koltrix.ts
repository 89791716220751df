import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { startChild } from './child.ts';
import type { Span } from './measure.ts';
import { freePort } from './ports.ts';
import { type Profile, readProfile } from './profile.ts';

/** One process of the real server. */
export interface KoltrixProcess extends AsyncDisposable {
  pid: number;
  http_url: string;
  smtp_port: number;
  /** Drains and stops it; resolves with its CPU profile of the span, if it was profiled. */
  stop(span: Span): Promise<Profile[]>;
}

export interface KoltrixOptions {
  /** What its profile is called. */
  name: string;
  /** As in KOLTRIX_ROLES. */
  roles: string;
  profile: boolean;
  /** Further variables; DATABASE_URL, KOLTRIX_DELIVERY and the like. */
  env: Record<string, string>;
}

/** The key of the first tenant of each fresh database. */
export const API_KEY = 'kx_bench_bench_bench_bench_bench_bench_bench';

/** KOLTRIX_SECRET of each server here: what it signs, a benchmark can write too. */
export const SECRET = 'the secret that all processes of a benchmark share';
const MAIN = fileURLToPath(new URL('../../../server/main.js', import.meta.url));

/** Node's flags of `npm start`, so that what is measured is what is run. */
function startFlags(): string[] {
  const { scripts } = JSON.parse(readFileSync(new URL('../../../package.json', import.meta.url), 'utf8'));
  return (scripts.start as string).split(' ').filter((word) => word.startsWith('--'));
}

/** Starts the server as a production process would be started; resolves when all its roles answer. */
export async function startKoltrix({ name, roles, profile, env }: KoltrixOptions): Promise<KoltrixProcess> {
  await using stack = new AsyncDisposableStack();
  const data_dir = await mkdtemp(join(tmpdir(), 'koltrix-bench-'));
  stack.defer(() => rm(data_dir, { recursive: true, force: true }));
  const profile_dir = join(data_dir, 'profile');
  const [http_port, smtp_port] = [await freePort(), await freePort()];
  const child = await startChild({
    name: `koltrix ${roles}`,
    command: process.execPath,
    args: [...startFlags(), ...(profile ? ['--cpu-prof', `--cpu-prof-dir=${profile_dir}`] : []), MAIN],
    env: {
      KOLTRIX_ROLES: roles,
      KOLTRIX_PORT: String(http_port),
      KOLTRIX_SMTP_PORT: String(smtp_port),
      KOLTRIX_DATA_DIR: data_dir,
      KOLTRIX_INITIAL_KEY: API_KEY,
      KOLTRIX_SECRET: SECRET,
      KOLTRIX_RATE_LIMIT: '1000000000/1',
      KOLTRIX_LOG_LEVEL: 'warn',
      ...env,
    },
    ready: /Koltrix is running/,
  });
  stack.use(child);
  const owned = stack.move();
  return {
    pid: child.pid,
    http_url: `http://127.0.0.1:${http_port}`,
    smtp_port,
    async stop(span) {
      await child.stop();
      return profile ? [await readProfile(profile_dir, `${name} (${roles})`, span)] : [];
    },
    [Symbol.asyncDispose]: () => owned[Symbol.asyncDispose](),
  };
}
