import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';
import { until } from './until.ts';

const MAIN = join(import.meta.dirname, '../../sdk/src/cli/main.ts');

export interface CommandLineOptions {
  /** All that the command finds in its environment, beside PATH and where Node keeps what it has compiled. */
  env?: Record<string, string>;
  /** What it can read; nothing when absent. */
  stdin?: string | Uint8Array;
  /** Another build of the command than the sources. */
  main?: string;
  /** Another Node than this one. */
  node?: string;
  cwd?: string;
}

export interface Ended {
  code: number | null;
  signal: NodeJS.Signals | null;
  stdout: string;
  stderr: string;
}

/** A running `koltrix`, as a shell starts it. */
export interface Running extends AsyncDisposable {
  child: ChildProcess;
  stdout(): string;
  stderr(): string;
  /** Resolves once stdout matches, with the match. */
  says(pattern: RegExp): Promise<RegExpExecArray>;
  /** The same of stderr. */
  notes(pattern: RegExp): Promise<RegExpExecArray>;
  ended: Promise<Ended>;
}

export function startCommand(args: readonly string[], options: CommandLineOptions = {}): Running {
  const child = spawn(options.node ?? process.execPath, [options.main ?? MAIN, ...args], {
    stdio: 'pipe',
    env: { PATH: process.env.PATH, NODE_COMPILE_CACHE: process.env.NODE_COMPILE_CACHE, ...options.env },
    ...(options.cwd && { cwd: options.cwd }),
  });
  const texts = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr'] as const) {
    child[name].setEncoding('utf8').on('data', (chunk: string) => {
      texts[name] += chunk;
    });
  }
  // A command that fails before it has read everything is no fault of the test.
  child.stdin.on('error', () => {}).end(options.stdin ?? '');
  const ended = new Promise<Ended>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code, signal) => resolve({ code, signal, ...texts }));
  });
  let isOver = false;
  void ended.finally(() => {
    isOver = true;
  });
  const waitFor = (name: 'stdout' | 'stderr') => (pattern: RegExp) =>
    until(() => {
      const match = pattern.exec(texts[name]);
      if (!match && isOver) throw new Error(`it ended without ${pattern}: ${texts.stdout}${texts.stderr}`);
      return match ?? false;
    });
  return {
    child,
    stdout: () => texts.stdout,
    stderr: () => texts.stderr,
    says: waitFor('stdout'),
    notes: waitFor('stderr'),
    ended,
    async [Symbol.asyncDispose]() {
      child.kill('SIGKILL');
      await ended;
    },
  };
}

/** Runs `koltrix` to its end. */
export function runCommand(args: readonly string[], options?: CommandLineOptions): Promise<Ended> {
  return startCommand(args, options).ended;
}

/** The values that `--json` printed, one a line. */
export const jsonLines = (text: string): unknown[] =>
  text
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line));
