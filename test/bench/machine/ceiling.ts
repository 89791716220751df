import { basename } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Child, startChild } from './child.ts';
import { freePort } from './ports.ts';

/** Starts the server that shows a ceiling; resolves with its port when it listens. */
export async function startCeiling(script: URL): Promise<Child & { port: number }> {
  const port = await freePort();
  const path = fileURLToPath(script);
  const child = await startChild({
    name: basename(path),
    command: process.execPath,
    args: [path, String(port)],
    ready: /listening/,
  });
  return Object.assign(child, { port });
}
