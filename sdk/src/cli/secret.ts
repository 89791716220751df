import { misuse } from './failure.ts';

/** Fails, without repeating the secret, when it is none. */
export function checkSecret(secret: string): void {
  const [, text = ''] = /^whsec_([A-Za-z0-9+/]+={0,2})$/.exec(secret) ?? [];
  const size_bytes = Buffer.from(text, 'base64').length;
  if (size_bytes < 24 || size_bytes > 64) {
    throw misuse(
      'The secret must be whsec_ and the base64 of 24 to 64 bytes.',
      'Leave it out and one is made for you.',
    );
  }
}
