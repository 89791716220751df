/**
 * A fresh idempotency key: the time, so that the server's index of keys grows at its end instead of all over, and 128 random
 * bits. Not `crypto.randomUUID`: browsers withhold it from pages that came over plain http, as a dashboard in a local
 * network does.
 */
export function newIdempotencyKey(): string {
  const words = crypto.getRandomValues(new Uint32Array(4));
  const random = Array.from(words, (word) => word.toString(16).padStart(8, '0')).join('');
  return `auto-${Date.now().toString(36)}-${random}`;
}
