import { createCipheriv, createDecipheriv, createHmac, hkdfSync, randomBytes } from 'node:crypto';

/** Encrypts what must be read back (signing secrets, private keys) with a key derived from KOLTRIX_SECRET. */
export interface Seal {
  seal(plain: string): Buffer;
  /** Throws when the bytes were changed or sealed with another secret. */
  open(sealed: Buffer): string;
  /** A value by which another process recognises the same secret. */
  check(): Buffer;
  /** The same of the secrets that it has replaced. */
  previous_checks(): Buffer[];
}

/** AES-256-GCM; a sealed value is nonce (12 bytes), tag (16), ciphertext. What previous secrets sealed is opened too. */
export function createSeal(secret: string, previous_secrets: readonly string[] = []): Seal {
  const key = keyOf(secret);
  const keys = [key, ...previous_secrets.map(keyOf)];
  return {
    seal(plain) {
      const nonce = randomBytes(12);
      const cipher = createCipheriv('aes-256-gcm', key, nonce);
      const body = Buffer.concat([cipher.update(plain, 'utf8'), cipher.final()]);
      return Buffer.concat([nonce, cipher.getAuthTag(), body]);
    },
    open(sealed) {
      let fault: unknown;
      for (const key of keys) {
        try {
          return openWith(key, sealed);
        } catch (error) {
          fault = error;
        }
      }
      throw fault;
    },
    check: () => checkOf(key),
    previous_checks: () => keys.slice(1).map(checkOf),
  };
}

function keyOf(secret: string): Buffer {
  return Buffer.from(hkdfSync('sha256', secret, '', 'koltrix seal', 32));
}

function checkOf(key: Buffer): Buffer {
  return createHmac('sha256', key).update('koltrix installation').digest();
}

function openWith(key: Buffer, sealed: Buffer): string {
  const decipher = createDecipheriv('aes-256-gcm', key, sealed.subarray(0, 12), { authTagLength: 16 });
  decipher.setAuthTag(sealed.subarray(12, 28));
  return Buffer.concat([decipher.update(sealed.subarray(28)), decipher.final()]).toString('utf8');
}
