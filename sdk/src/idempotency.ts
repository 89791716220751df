/**
 * A fresh idempotency key with 128 random bits. Not `crypto.randomUUID`: browsers withhold it from pages that came
 * over plain http, as a dashboard in a local network does.
 */
export function newIdempotencyKey(): string {
  const words = crypto.getRandomValues(new Uint32Array(4));
  return `auto-${Array.from(words, (word) => word.toString(16).padStart(8, '0')).join('')}`;
}
