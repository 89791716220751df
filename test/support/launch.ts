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
}

export interface LaunchOptions {
  /** Comma-separated; all three by default. */
  roles?: string;
  /** Beside what every test process has. Nothing is inherited from the shell that runs the tests. */
  env?: Record<string, string>;
  /** Kept when given; otherwise a new directory that is removed in the end. */
  data_dir?: string;
}

/** A data directory whose embedded Postgres does not outlive the test. */
export async function givenDataDir(): Promise<AsyncDisposable & { path: string }> {
  const path = await mkdtemp(join(tmpdir(), 'koltrix-launched-'));
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

/** Starts a process and does not wait for anything. */
export async function launch({ roles, env = {}, data_dir }: LaunchOptions = {}): Promise<Launched> {
  await using stack = new AsyncDisposableStack();
  const directory = data_dir ?? stack.use(await givenDataDir()).path;
  const child = spawn(process.execPath, ['server/main.ts'], {
    cwd: root,
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      PATH: process.env.PATH,
      KOLTRIX_PORT: '0',
      KOLTRIX_SMTP_PORT: '0',
      KOLTRIX_INBOUND_PORT: '0',
      KOLTRIX_DATA_DIR: directory,
      KOLTRIX_LOG_LEVEL: 'warn',
      ...(roles && { KOLTRIX_ROLES: roles }),
      ...env,
    },
  });
  const [stdout, stderr] = [listenTo(child.stdout), listenTo(child.stderr)];
  const exited = new Promise<Exit>((resolve) => child.once('exit', (code, signal) => resolve({ code, signal })));
  const pid = child.pid as number;
  const send = (to: number, signal: NodeJS.Signals) => {
    if (isAlive(child)) process.kill(to, signal);
    return exited;
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

/** A server that keeps its ports and its data directory from one life to the next. */
export interface Server extends AsyncDisposable {
  /** The process that it is now. */
  readonly now: Launched;
  /** Empty without the role `api`. */
  url: string;
  smtp_port: number;
  /** Starts it again; resolves when it answers. */
  restart(): Promise<void>;
}

/** A server that answers; rejects with what the process said when it ends instead. */
export async function givenServer(options: LaunchOptions = {}): Promise<Server> {
  let now = await launch(options);
  const lives = [now];
  const end = async () => {
    for (const life of lives.reverse()) await life[Symbol.asyncDispose]();
  };
  await isReady(now).catch(async (error: unknown) => {
    await end();
    throw error;
  });
  const url = /REST +(http:\/\/\S+)\/api\/v2/.exec(now.stdout())?.[1] ?? '';
  const smtp_port = Number(/SMTP +\S+:(\d+)/.exec(now.stdout())?.[1] ?? 0);
  const ports = { KOLTRIX_PORT: url.split(':').at(-1) || '0', KOLTRIX_SMTP_PORT: String(smtp_port) };
  return {
    get now() {
      return now;
    },
    url,
    smtp_port,
    async restart() {
      now = await launch({ ...options, data_dir: now.data_dir, env: { ...options.env, ...ports } });
      lives.push(now);
      await isReady(now);
    },
    [Symbol.asyncDispose]: end,
  };
}

export async function isReady({ exited, stdout, stderr }: Launched): Promise<void> {
  let ended = false;
  void exited.then(() => {
    ended = true;
  });
  const isUp = () => stdout().includes('Koltrix is running');
  await until(() => ended || isUp(), { timeout_ms: 30_000, every_ms: 10 });
  if (!isUp()) throw new Error(`it did not start: ${stdout()}${stderr()}`);
}

/** The command lines of living processes that name `word`, such as a data directory. */
export async function commandsWith(word: string): Promise<string[]> {
  const { stdout } = await promisify(execFile)('ps', ['-A', '-ww', '-o', 'stat=,args=']);
  return stdout.split('\n').filter((line) => line.includes(word) && !line.startsWith('Z'));
}
