import { hash } from 'node:crypto';
import { randomText } from './random-text.ts';

/** `kx_` and 43 letters and digits, 256 random bits: enough that one SHA-256 is all the hashing it needs. */
export function newApiKey(random: (size_bytes: number) => Buffer): string {
  return `kx_${randomText(43, random)}`;
}

/** What is stored of a key. */
export function storedForm(key: string): { hash: Buffer; prefix: string } {
  return { hash: Buffer.from(hashApiKey(key), 'hex'), prefix: key.slice(0, 7) };
}

/** In hexadecimal. */
export function hashApiKey(key: string): string {
  return hash('sha256', key, 'hex');
}
