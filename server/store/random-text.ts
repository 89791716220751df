const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';

/** The largest multiple of 62 that a byte can reach: bytes above it would make the first letters come more often. */
const FAIR = 256 - (256 % ALPHABET.length);

/**
 * Letters and digits, all equally likely: 5.95 bits a character. A double click takes such a secret whole, which it does
 * not with the `-`, `+` and `/` of base64; and every four of them are base64 all the same.
 */
export function randomText(length: number, random: (size_bytes: number) => Buffer): string {
  let text = '';
  while (text.length < length) {
    const fair = random(length).filter((byte) => byte < FAIR);
    text += Array.from(fair, (byte) => ALPHABET[byte % ALPHABET.length]).join('');
  }
  return text.slice(0, length);
}
