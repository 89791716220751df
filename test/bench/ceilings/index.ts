import { fileURLToPath } from 'node:url';
import { type Child, startChild } from '../machine/child.ts';
import { freePort } from '../machine/ports.ts';

/** Starts one of the ceilings' servers; resolves with its port when it listens. */
export async function startCeiling(script: string): Promise<Child & { port: number }> {
  const port = await freePort();
  const path = fileURLToPath(new URL(script, import.meta.url));
  const child = await startChild({
    name: script,
    command: process.execPath,
    args: [path, String(port)],
    ready: /listening/,
  });
  return Object.assign(child, { port });
}
