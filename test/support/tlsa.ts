import { createHash, X509Certificate } from 'node:crypto';
import type { TlsaData } from './dns.ts';

/** The parts of TLSA records, from certificates in PEM. */
export const sha = (bits: 256 | 512, bytes: Buffer) => createHash(`sha${bits}`).update(bytes).digest();
export const certificateOf = (pem: string) => new X509Certificate(pem).raw;
export const keyOf = (pem: string) => new X509Certificate(pem).publicKey.export({ type: 'spki', format: 'der' });

export function tlsa(usage: number, selector: number, matching: number, data: Buffer): TlsaData {
  return { usage, selector, matching, data };
}
