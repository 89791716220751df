import { createHmac } from 'node:crypto';
import { randomText } from '../store/random-text.ts';

/** `whsec_` and the base64 of 33 bytes, 262 bits of them random; Standard Webhooks asks for 24 to 64 bytes. */
export function newSecret(random: (size_bytes: number) => Buffer): string {
  return `whsec_${randomText(44, random)}`;
}

export interface Signed {
  /** The event's id, stable over retries. */
  id: string;
  /** When this try is made. */
  at: Date;
  body: string;
}

/** The headers of Standard Webhooks, with one signature for each secret (there are several while one is being rotated). */
export function signatureHeaders({ id, at, body }: Signed, secrets: readonly string[]): Record<string, string> {
  const timestamp = String(Math.floor(at.getTime() / 1000));
  return {
    'webhook-id': id,
    'webhook-timestamp': timestamp,
    'webhook-signature': secrets.map((secret) => `v1,${hmac(secret, `${id}.${timestamp}.${body}`)}`).join(' '),
  };
}

function hmac(secret: string, content: string): string {
  const key = Buffer.from(secret.replace(/^whsec_/, ''), 'base64');
  return createHmac('sha256', key).update(content, 'utf8').digest('base64');
}
