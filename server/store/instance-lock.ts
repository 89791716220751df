import { createHash } from 'node:crypto';
import { realpathSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { connect, createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Held while a process uses a data directory. */
export interface InstanceLock extends AsyncDisposable {}

/**
 * Locks a data directory, or answers undefined when another living process holds it. The lock is a listening socket:
 * unlike a pid in a file it goes with its process, however that ends.
 */
export async function lockDataDir(data_dir: string): Promise<InstanceLock | undefined> {
  const path = socketPath(data_dir);
  const server = (await listen(path)) ?? ((await isAnswered(path)) ? undefined : await takeOver(path));
  if (!server) return undefined;
  server.unref();
  return {
    [Symbol.asyncDispose]: () => new Promise((resolve) => server.close(() => resolve())),
  };
}

/** Short and outside the directory: the path of a socket may have about a hundred bytes. */
function socketPath(data_dir: string): string {
  const name = `koltrix-lock-${createHash('sha256').update(realpathSync(data_dir)).digest('hex').slice(0, 16)}`;
  return process.platform === 'win32' ? `\\\\.\\pipe\\${name}` : join(tmpdir(), name);
}

function listen(path: string): Promise<Server | undefined> {
  return new Promise((resolve, reject) => {
    const server = createServer((socket) => socket.end());
    server.once('error', (error: NodeJS.ErrnoException) =>
      error.code === 'EADDRINUSE' ? resolve(undefined) : reject(error),
    );
    server.listen(path, () => resolve(server));
  });
}

function isAnswered(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(path);
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
    socket.once('connect', () => socket.destroy());
  });
}

async function takeOver(path: string): Promise<Server | undefined> {
  await rm(path, { force: true });
  return listen(path);
}
