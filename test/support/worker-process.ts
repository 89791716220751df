import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { TestDatabase } from './database.ts';

const MAIN = fileURLToPath(new URL('../../server/main.ts', import.meta.url));

export interface WorkerProcess extends AsyncDisposable {
  /** As `kill -9` does: no goodbye. Resolves when it is gone. */
  kill(): Promise<void>;
  /** SIGTERM; resolves with the exit code. */
  stop(): Promise<number | null>;
  /** Resident memory. */
  memory_bytes(): Promise<number>;
}

/** A worker in a process of its own, as in production, on the database of a test. */
export async function startWorkerProcess(
  database: TestDatabase,
  env: Record<string, string> = {},
): Promise<WorkerProcess> {
  const data_dir = await mkdtemp(join(tmpdir(), 'koltrix-worker-'));
  const child = spawn(process.execPath, [MAIN], {
    env: {
      KOLTRIX_ROLES: 'worker',
      KOLTRIX_DATA_DIR: data_dir,
      DATABASE_URL: database.url,
      KOLTRIX_SECRET: 'a secret for tests alone',
      KOLTRIX_LOG_LEVEL: 'error',
      ...env,
    },
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  const gone = once(child, 'exit') as Promise<[number | null]>;
  const end = async (signal: NodeJS.Signals) => {
    if (isRunning(child)) child.kill(signal);
    return (await gone)[0];
  };
  return {
    async kill() {
      await end('SIGKILL');
    },
    stop: () => end('SIGTERM'),
    async memory_bytes() {
      const status = await readFile(`/proc/${child.pid}/status`, 'utf8');
      return Number(/VmRSS:\s+(\d+) kB/.exec(status)?.[1]) * 1024;
    },
    async [Symbol.asyncDispose]() {
      await end('SIGKILL');
      await rm(data_dir, { recursive: true, force: true });
    },
  };
}

function isRunning({ exitCode, signalCode }: ChildProcess): boolean {
  return exitCode === null && signalCode === null;
}
