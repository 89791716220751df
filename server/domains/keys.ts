import { generateKeyPair, randomBytes } from 'node:crypto';
import { promisify } from 'node:util';

export interface NewKeyPair {
  selector: string;
  /** SubjectPublicKeyInfo in base64. */
  public_key: string;
  /** PKCS #8 in PEM. */
  private_key: string;
}

/** RFC 8301, 3.2: at least 1024 bits, better 2048; more does not fit in what some DNS providers take. */
const MODULUS_BITS = 2_048;
const ALPHABET = 'abcdefghijkmnpqrstuvwxyz23456789';

const generate = promisify(generateKeyPair);
let last: Promise<unknown> = Promise.resolve();

/** On a thread of the pool, one at a time: a flood of new domains must not take all threads from signing and look-ups. */
export function newKeyPair(): Promise<NewKeyPair> {
  const next = last.then(make);
  last = next.catch(() => {});
  return next;
}

async function make(): Promise<NewKeyPair> {
  const { publicKey, privateKey } = await generate('rsa', {
    modulusLength: MODULUS_BITS,
    publicKeyEncoding: { type: 'spki', format: 'der' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  });
  return { selector: newSelector(), public_key: publicKey.toString('base64'), private_key: privateKey };
}

/** Random, so that two tenants who claim one domain, or two of its keys, never want the same name in DNS. */
function newSelector(): string {
  return `kx${Array.from(randomBytes(8), (byte) => ALPHABET[byte % ALPHABET.length]).join('')}`;
}
