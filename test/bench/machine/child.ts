import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';

export interface Child extends AsyncDisposable {
  name: string;
  pid: number;
  /** What it has printed up to the moment it was ready. */
  greeting: string;
  process: ChildProcess;
  /** SIGTERM, and SIGKILL when that does not help; resolves when it is gone. */
  stop(): Promise<void>;
}

export interface ChildOptions {
  /** What it is called in messages. */
  name: string;
  command: string;
  args: readonly string[];
  env?: Record<string, string>;
  /** Ready when its output matches; without it, as soon as it runs. */
  ready?: RegExp;
}

const READY_MS = 60_000;
const STOP_MS = 15_000;
/** Enough of what it said to explain its end. */
const KEEP_CHARACTERS = 4_000;

/** Starts a program that runs until it is stopped. Rejects with its last words when it ends before it is ready. */
export async function startChild({ name, command, args, env = {}, ready }: ChildOptions): Promise<Child> {
  const child = spawn(command, args, { env: { ...inherited(), ...env }, stdio: ['ignore', 'pipe', 'pipe'] });
  const stop = () => stopChild(child);
  let said = '';
  const listen = (chunk: Buffer) => {
    said = (said + chunk).slice(-KEEP_CHARACTERS);
  };
  child.stdout.on('data', listen);
  child.stderr.on('data', listen);
  try {
    await Promise.race([
      ready ? isReady(child, () => ready.test(said)) : once(child, 'spawn'),
      once(child, 'exit').then(([code]) => {
        throw new Error(`${name} ended with ${code}:\n${said.trim()}`);
      }),
    ]);
  } catch (error) {
    await stop();
    throw error;
  }
  const greeting = said;
  child.stderr.on('data', (chunk: Buffer) => process.stderr.write(`[${name}] ${chunk}`));
  return { name, pid: child.pid as number, greeting, process: child, stop, [Symbol.asyncDispose]: stop };
}

/** The shell's settings, but none that would configure the servers under test. */
function inherited(): NodeJS.ProcessEnv {
  const ours = /^(KOLTRIX_|DATABASE_URL$|REDIS_URL$|NODE_OPTIONS$)/;
  return {
    ...Object.fromEntries(Object.entries(process.env).filter(([variable]) => !ours.test(variable))),
    NODE_ENV: 'production',
  };
}

async function isReady(child: ChildProcess, test: () => boolean): Promise<void> {
  const late = AbortSignal.timeout(READY_MS);
  while (!test()) await once(child.stdout as NonNullable<typeof child.stdout>, 'data', { signal: late });
}

async function stopChild(child: ChildProcess): Promise<void> {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
  const gone = once(child, 'exit');
  child.kill('SIGTERM');
  const timer = setTimeout(() => child.kill('SIGKILL'), STOP_MS);
  await gone;
  clearTimeout(timer);
}
