import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { until } from './until.ts';

const root = join(import.meta.dirname, '../..');

export interface Exit {
  code: number | null;
  signal: NodeJS.Signals | null;
}

/** A Koltrix process as somebody starts it in a shell, in a process group of its own. */
export interface Launched extends AsyncDisposable {
  readonly pid: number;
  readonly data_dir: string;
  stdout(): string;
  stderr(): string;
  exited: Promise<Exit>;
  /** Sends a signal to the process alone; resolves with its exit. */
  kill(signal: NodeJS.Signals): Promise<Exit>;
  /** Sends a signal to the whole group, as Ctrl-C in a terminal does. */
  killGroup(signal: NodeJS.Signals): Promise<Exit>;
  /** SIGSTOP: it stands still, with its connections open. */
  freeze(): void;
  /** Resident memory. */
  memory_bytes(): Promise<number>;
}

/** The first key of every database that test processes share; of full scope. */
export const KEY = 'kx_0123456789abcdefghij';

export interface LaunchOptions {
  /** Comma-separated; all by default. */
  roles?: string;
  /** One that it may share with other processes. Without it, and with a role that wants one, its own embedded Postgres. */
  database?: { url: string } | undefined;
  /** Beside what every test process has. Nothing is inherited from the shell that runs the tests. */
  env?: Record<string, string>;
  /** Kept when given; otherwise a new directory that is removed in the end. */
  data_dir?: string;
}

/** A data directory whose embedded Postgres does not outlive the test. */
export async function givenDataDir(name = 'koltrix-launched-'): Promise<AsyncDisposable & { path: string }> {
  const path = await mkdtemp(join(tmpdir(), name));
  return {
    path,
    async [Symbol.asyncDispose]() {
      const lock = await readFile(join(path, 'postgres/postmaster.pid'), 'utf8').catch(() => '');
      const postmaster = Number(lock.split('\n')[0]);
      if (postmaster && (await commandsWith(path)).length) process.kill(postmaster, 'SIGQUIT');
      await until(async () => (await commandsWith(path)).length === 0);
      await rm(path, { recursive: true, force: true });
    },
  };
}

/** More than any stop may take; what then still lives hangs. */
const EXIT_MS = 40_000;

/** Starts a process and does not wait for anything. */
export async function launch({ roles, database, env = {}, data_dir }: LaunchOptions = {}): Promise<Launched> {
  await using stack = new AsyncDisposableStack();
  const directory = data_dir ?? stack.use(await givenDataDir()).path;
  const child = spawn(process.execPath, ['server/main.js'], {
    cwd: root,
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      PATH: process.env.PATH,
      NODE_COMPILE_CACHE: process.env.NODE_COMPILE_CACHE,
      KOLTRIX_PORT: '0',
      KOLTRIX_SMTP_PORT: '0',
      KOLTRIX_INBOUND_PORT: '0',
      KOLTRIX_DATA_DIR: directory,
      KOLTRIX_LOG_LEVEL: 'warn',
      ...(roles && { KOLTRIX_ROLES: roles }),
      ...(database && {
        DATABASE_URL: database.url,
        KOLTRIX_SECRET: 'a secret for tests alone',
        KOLTRIX_INITIAL_KEY: KEY,
      }),
      ...env,
    },
  });
  const [stdout, stderr] = [listenTo(child.stdout), listenTo(child.stderr)];
  const exited = new Promise<Exit>((resolve) => child.once('exit', (code, signal) => resolve({ code, signal })));
  const pid = child.pid as number;
  const send = async (to: number, signal: NodeJS.Signals) => {
    if (isAlive(child)) process.kill(to, signal);
    const late = new Promise<never>((_, reject) => {
      const timer = setTimeout(() => reject(new Error(`it outlives ${signal}: ${stdout()}${stderr()}`)), EXIT_MS);
      void exited.then(() => clearTimeout(timer));
    });
    return Promise.race([exited, late]);
  };
  stack.defer(async () => {
    await send(-pid, 'SIGKILL');
  });
  const owned = stack.move();
  return {
    pid,
    data_dir: directory,
    stdout,
    stderr,
    exited,
    kill: (signal) => send(pid, signal),
    killGroup: (signal) => send(-pid, signal),
    freeze: () => void process.kill(pid, 'SIGSTOP'),
    async memory_bytes() {
      const status = await readFile(`/proc/${pid}/status`, 'utf8');
      return Number(/VmRSS:\s+(\d+) kB/.exec(status)?.[1]) * 1024;
    },
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

function isAlive({ exitCode, signalCode }: ChildProcess): boolean {
  return exitCode === null && signalCode === null;
}

function listenTo(stream: NodeJS.ReadableStream): () => string {
  let text = '';
  stream.on('data', (chunk: Buffer) => {
    text += chunk;
  });
  return () => text;
}

export async function isReady({ exited, stdout, stderr }: Launched): Promise<void> {
  let ended = false;
  void exited.then(() => {
    ended = true;
  });
  const isUp = () => stdout().includes('Koltrix is running');
  await until(() => ended || isUp(), { timeout_ms: 60_000, every_ms: 10 });
  if (!isUp()) throw new Error(`it did not start: ${stdout()}${stderr()}`);
}

/** The command lines of living processes that name `word`, such as a data directory. */
export async function commandsWith(word: string): Promise<string[]> {
  const { stdout } = await promisify(execFile)('ps', ['-A', '-ww', '-o', 'stat=,args='], {
    // Elsewhere ps writes question marks for the letters that ASCII lacks.
    env: { ...process.env, LC_ALL: 'C.UTF-8' },
  });
  return stdout.split('\n').filter((line) => line.includes(word) && !line.startsWith('Z'));
}
