import { createCipheriv, createDecipheriv, createHmac, hkdfSync, randomBytes } from 'node:crypto';

/** Encrypts what must be read back (signing secrets, private keys) with a key derived from KOLTRIX_SECRET. */
export interface Seal {
  seal(plain: string): Buffer;
  /** Throws when the bytes were changed or sealed with another secret. */
  open(sealed: Buffer): string;
  /** A value by which another process recognises the same secret. */
  check(): Buffer;
}

/** AES-256-GCM; a sealed value is nonce (12 bytes), tag (16), ciphertext. */
export function createSeal(secret: string): Seal {
  const key = Buffer.from(hkdfSync('sha256', secret, '', 'koltrix seal', 32));
  return {
    seal(plain) {
      const nonce = randomBytes(12);
      const cipher = createCipheriv('aes-256-gcm', key, nonce);
      const body = Buffer.concat([cipher.update(plain, 'utf8'), cipher.final()]);
      return Buffer.concat([nonce, cipher.getAuthTag(), body]);
    },
    open(sealed) {
      const decipher = createDecipheriv('aes-256-gcm', key, sealed.subarray(0, 12));
      decipher.setAuthTag(sealed.subarray(12, 28));
      return Buffer.concat([decipher.update(sealed.subarray(28)), decipher.final()]).toString('utf8');
    },
    check: () => createHmac('sha256', key).update('koltrix installation').digest(),
  };
}
