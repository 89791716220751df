import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createConnection } from 'node:net';
import { freePort } from './free-port.ts';
import { until } from './until.ts';

/** A real Redis in a process of its own, without files. */
export interface GivenRedis extends AsyncDisposable {
  url: string;
  /** SIGSTOP freezes it; every other signal ends it, and this resolves when it has gone. */
  stop(signal: NodeJS.Signals): Promise<void>;
  /** Thaws it or starts it again, on the same port; resolves when it answers. */
  start(): Promise<void>;
}

/** Where these tests must not be left out, a missing program fails them; elsewhere they say that they were skipped. */
export const lacksRedis = !isInstalled() && !process.env.CI;

function isInstalled(): boolean {
  try {
    execFileSync('redis-server', ['--version'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

export async function givenRedis({ running = true } = {}): Promise<GivenRedis> {
  const port = await freePort();
  let child: ChildProcess | undefined;
  const stop = async (signal: NodeJS.Signals) => {
    const stopped = child;
    stopped?.kill(signal);
    if (!stopped || signal === 'SIGSTOP') return;
    child = undefined;
    if (stopped.exitCode === null && stopped.signalCode === null) await once(stopped, 'exit');
  };
  const start = async () => {
    child?.kill('SIGCONT');
    child ??= spawn(
      'redis-server',
      ['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no'],
      {
        stdio: 'ignore',
      },
    );
    await until(() => answersPing(port));
  };
  if (running) await start();
  return { url: `redis://127.0.0.1:${port}`, stop, start, [Symbol.asyncDispose]: () => stop('SIGKILL') };
}

function answersPing(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = createConnection(port, '127.0.0.1', () => socket.write('PING\r\n'));
    const done = (answered: boolean) => {
      socket.destroy();
      resolve(answered);
    };
    socket.once('data', (bytes) => done(bytes.toString().startsWith('+PONG')));
    socket.once('error', () => done(false)).setTimeout(1_000, () => done(false));
  });
}
