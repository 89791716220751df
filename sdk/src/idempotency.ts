/**
 * A fresh idempotency key with 128 random bits. Not `crypto.randomUUID`: browsers withhold it from pages that came
 * over plain http, as a dashboard in a local network does.
 */
export function newIdempotencyKey(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return `auto-${Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')}`;
}
