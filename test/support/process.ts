import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Koltrix } from 'koltrix';
import type { TestDatabase } from './database.ts';
import { until } from './until.ts';

/** Koltrix as a process of its own, so that it can die. */
export interface KoltrixProcess extends AsyncDisposable {
  url: string;
  /** Of full scope; the same for all processes on one database. */
  key: string;
  koltrix: Koltrix;
  child: ChildProcess;
  /** `kill -9`; resolves when the process is gone. */
  kill(): Promise<void>;
}

const MAIN = fileURLToPath(new URL('../../server/main.ts', import.meta.url));
const KEY = 'kx_a-key-for-test-processes';

/** Starts `server/main.ts` on a database that it may share with others; the role `api` unless `env` says otherwise. */
export async function givenProcess({
  database,
  env = {},
}: {
  database: TestDatabase;
  env?: Record<string, string>;
}): Promise<KoltrixProcess> {
  const data_dir = await mkdtemp(join(tmpdir(), 'koltrix-process-'));
  const child = spawn(process.execPath, [MAIN], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      PATH: process.env.PATH,
      DATABASE_URL: database.url,
      KOLTRIX_DATA_DIR: data_dir,
      KOLTRIX_ROLES: 'api',
      KOLTRIX_PORT: '0',
      KOLTRIX_SMTP_PORT: '0',
      KOLTRIX_SECRET: 'a secret for tests alone',
      KOLTRIX_INITIAL_KEY: KEY,
      KOLTRIX_LOG_LEVEL: 'warn',
      ...env,
    },
  });
  const gone = once(child, 'exit');
  let said = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk: Buffer) => {
      said += chunk;
    });
  }
  const end = async (signal: NodeJS.Signals) => {
    child.kill(signal);
    await gone;
  };
  const url = await until(
    () => {
      if (child.exitCode !== null) throw new Error(`the process ended: ${said}`);
      return /REST +(http:\S+)\/api\/v2/.exec(said)?.[1];
    },
    { timeout_ms: 30_000 },
  ).catch(async (error: unknown) => {
    await end('SIGKILL');
    throw error;
  });
  return {
    url,
    key: KEY,
    koltrix: new Koltrix({ apiKey: KEY, baseUrl: url }),
    child,
    kill: () => end('SIGKILL'),
    async [Symbol.asyncDispose]() {
      await end('SIGTERM');
      await rm(data_dir, { recursive: true, force: true });
    },
  };
}
