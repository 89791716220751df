import { fileURLToPath } from 'node:url';
import { type Child, startChild } from '../machine/child.ts';
import { freePort } from '../machine/ports.ts';
import type { Tools } from '../tools.ts';

/** An SMTP server that takes every message and keeps none. */
export interface Sink extends AsyncDisposable {
  port: number;
  /** Messages taken so far. */
  taken(): number;
}

const OWN = fileURLToPath(new URL('own-sink.ts', import.meta.url));
const BACKLOG = '500';

/** Postfix's smtp-sink where it is installed, else our own; both say `mesg=<count>` on their output as they go. */
export async function startSink({ smtp_sink }: Tools): Promise<Sink> {
  const port = await freePort();
  const child = smtp_sink ? await startSmtpSink(smtp_sink, port) : await startOwn(port);
  let count = 0;
  let rest = '';
  child.process.stdout?.on('data', (chunk: Buffer) => {
    const text = rest + chunk;
    const last = text.lastIndexOf('\r');
    rest = text.slice(last + 1);
    const said = /.*mesg=(\d+)/s.exec(text.slice(0, last + 1))?.[1];
    if (said) count = Number(said);
  });
  return { port, taken: () => count, [Symbol.asyncDispose]: child.stop };
}

function startSmtpSink(command: string, port: number): Promise<Child> {
  // As root it insists on another user to run as.
  const user = process.getuid?.() === 0 ? ['-u', 'nobody'] : [];
  return startChild({ name: 'smtp-sink', command, args: ['-c', ...user, `127.0.0.1:${port}`, BACKLOG] });
}

function startOwn(port: number): Promise<Child> {
  return startChild({ name: 'own sink', command: process.execPath, args: [OWN, String(port)], ready: /listening/ });
}
