const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';

/** Letters and digits, as the server's keys and secrets are made of; every four of them are base64 too. 2³² leaves no bias to speak of. */
export function randomText(length: number): string {
  const random = crypto.getRandomValues(new Uint32Array(length));
  return Array.from(random, (number) => ALPHABET[number % ALPHABET.length]).join('');
}
