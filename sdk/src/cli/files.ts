import { readFile } from 'node:fs/promises';
import { addAbortSignal } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { misuse } from './failure.ts';
import type { World } from './world.ts';

type Reader = Pick<World, 'stdin' | 'signal'>;

/** The bytes of a file, or of what is piped in when the name is `-`. */
export async function bytesOf(name: string, { stdin, signal }: Reader): Promise<Buffer> {
  if (name === '-') return buffer(addAbortSignal(signal, stdin));
  try {
    return await readFile(name, { signal });
  } catch (error) {
    signal.throwIfAborted();
    const { code } = error as NodeJS.ErrnoException;
    throw misuse(`${name} ${(code && reasons[code]) ?? `cannot be read: ${(error as Error).message}`}.`);
  }
}

export async function textOf(name: string, reader: Reader): Promise<string> {
  return (await bytesOf(name, reader)).toString('utf8');
}

const reasons: Record<string, string> = {
  ENOENT: 'does not exist',
  EACCES: 'may not be read',
  EISDIR: 'is a directory',
};
