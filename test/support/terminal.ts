import { spawn } from 'node:child_process';
import { until } from './until.ts';

/** A program on a real terminal, made by `script` of util-linux. */
export interface Terminal extends AsyncDisposable {
  /** Types these keys. */
  type(keys: string): void;
  /** Resolves once what the terminal was sent matches, escapes included. */
  shows(pattern: RegExp): Promise<void>;
  text(): string;
  ended: Promise<number | null>;
}

/** @param command - a line for `sh` */
export function startTerminal(command: string, options: { env: Record<string, string>; cwd?: string }): Terminal {
  const child = spawn('script', ['-qec', command, '/dev/null'], {
    // Not inherited: whoever is left behind would keep the test run from its end.
    stdio: 'pipe',
    env: {
      PATH: process.env.PATH,
      NODE_COMPILE_CACHE: process.env.NODE_COMPILE_CACHE,
      TERM: 'xterm-256color',
      SHELL: '/bin/sh',
      ...options.env,
    },
    ...(options.cwd && { cwd: options.cwd }),
  });
  let text = '';
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    text += chunk;
  });
  child.stderr.resume();
  child.stdin.on('error', () => {});
  const ended = new Promise<number | null>((resolve) => child.once('close', resolve));
  return {
    type: (keys) => void child.stdin.write(keys),
    async shows(pattern) {
      await until(() => pattern.test(text)).catch((cause) => {
        throw new Error(`the terminal does not show ${pattern} but ${JSON.stringify(text)}`, { cause });
      });
    },
    text: () => text,
    ended,
    async [Symbol.asyncDispose]() {
      child.kill('SIGKILL');
      await ended;
    },
  };
}
