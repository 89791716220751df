import { createHmac, randomBytes } from 'node:crypto';
import { misuse } from './failure.ts';

/** A new signing secret as Standard Webhooks has it: `whsec_` and the base64 of random bytes. */
export const newSecret = () => `whsec_${randomBytes(32).toString('base64')}`;

/** The key within a secret. Fails, without repeating it, when it is none. */
export function keyIn(secret: string): Buffer {
  const text = secret.replace(/^whsec_/, '');
  const key = Buffer.from(text, 'base64');
  if (key.length < 24 || key.length > 64 || !/^[A-Za-z0-9+/]+={0,2}$/.test(text)) {
    throw misuse(
      'The secret must be whsec_ and the base64 of 24 to 64 bytes.',
      'Leave it out and one is made for you.',
    );
  }
  return key;
}

/** The headers that sign a body (https://www.standardwebhooks.com). */
export function signatureHeaders(key: Buffer, id: string, at: Date, body: string): Record<string, string> {
  const timestamp = String(Math.floor(at.getTime() / 1_000));
  const signature = createHmac('sha256', key).update(`${id}.${timestamp}.${body}`).digest('base64');
  return { 'webhook-id': id, 'webhook-timestamp': timestamp, 'webhook-signature': `v1,${signature}` };
}
