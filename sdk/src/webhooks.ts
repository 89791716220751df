import { viewOf } from './bytes.ts';
import { WebhookVerificationError } from './errors/webhook-verification-error.ts';
import type { Event } from './generated/types.gen.ts';

export {
  isWebhookVerificationError,
  type WebhookFault,
  WebhookVerificationError,
} from './errors/webhook-verification-error.ts';
export type { Event, EventType } from './generated/types.gen.ts';

/** The request's headers: a `Headers`, or a plain object such as Node's `request.headers`, in any case. */
export type WebhookHeaders = Headers | Record<string, string | string[] | undefined>;

export interface VerifyOptions {
  /** How far the request's time may lie from now, in seconds: 300. Older ones may be replays. */
  tolerance_s?: number | undefined;
  /** The present, for tests. */
  now?: Date | undefined;
}

/**
 * Checks that a webhook request comes from your Koltrix (Standard Webhooks) and gives its event.
 *
 * @param payload - the body exactly as it arrived; a parsed and re-written body will not verify
 * @param secrets - the endpoint's secret, `whsec_…`, or several of them while one is being replaced
 * @throws WebhookVerificationError - its `reason` says which check failed
 */
export async function verifyWebhook(
  payload: string | Uint8Array | ArrayBuffer,
  headers: WebhookHeaders,
  secrets: string | readonly string[],
  { tolerance_s = 300, now = new Date() }: VerifyOptions = {},
): Promise<Event> {
  const body = bytesOf(payload);
  const id = headerOf(headers, 'webhook-id');
  const timestamp = headerOf(headers, 'webhook-timestamp');
  const signatures = signaturesIn(headerOf(headers, 'webhook-signature'));
  checkTime(timestamp, now, tolerance_s);
  const signed = concat(new TextEncoder().encode(`${id}.${timestamp}.`), body);
  if (!(await isSignedByAny(signed, signatures, [secrets].flat()))) {
    throw new WebhookVerificationError('signature-mismatch', 'No signature in webhook-signature fits the secret');
  }
  return eventIn(body);
}

function bytesOf(payload: unknown): Uint8Array {
  if (typeof payload === 'string') return new TextEncoder().encode(payload);
  const bytes = viewOf(payload);
  if (bytes) return bytes;
  throw new WebhookVerificationError('invalid-payload', 'Pass the raw body, as text or bytes, before it is parsed');
}

function headerOf(headers: WebhookHeaders, name: string): string {
  const value =
    typeof headers.get === 'function'
      ? headers.get(name)
      : Object.entries(headers).find(([key]) => key.toLowerCase() === name)?.[1];
  if (typeof value !== 'string' || !value) {
    throw new WebhookVerificationError('missing-header', `The request has no header ${name}`);
  }
  return value;
}

function checkTime(timestamp: string, now: Date, tolerance_s: number): void {
  if (!/^\d{1,15}$/.test(timestamp)) {
    throw new WebhookVerificationError('invalid-timestamp', 'webhook-timestamp is not a number of seconds');
  }
  const age_s = now.getTime() / 1000 - Number(timestamp);
  // Said so that a tolerance which is no number lets nothing pass.
  if (!(age_s <= tolerance_s)) {
    throw new WebhookVerificationError('timestamp-too-old', `The request is ${Math.round(age_s)} s old`);
  }
  if (-age_s > tolerance_s) {
    throw new WebhookVerificationError(
      'timestamp-too-new',
      `The request is ${Math.round(-age_s)} s ahead of the clock`,
    );
  }
}

/** The `v1` signatures; other versions are for other kinds of key, and what is not base64 cannot be one. */
function signaturesIn(header: string): Uint8Array[] {
  return header
    .split(' ')
    .filter((part) => part.startsWith('v1,'))
    .flatMap((part) => decodeBase64(part.slice(3)) ?? []);
}

/** `subtle.verify` compares in constant time. */
async function isSignedByAny(signed: Uint8Array, signatures: Uint8Array[], secrets: string[]): Promise<boolean> {
  if (!secrets.length) throw new WebhookVerificationError('invalid-secret', 'There is no secret to check by');
  for (const secret of secrets) {
    const key = await importSecret(secret);
    for (const signature of signatures) {
      if (await crypto.subtle.verify('HMAC', key, signature as BufferSource, signed as BufferSource)) return true;
    }
  }
  return false;
}

function importSecret(secret: unknown): Promise<CryptoKey> {
  const bytes = typeof secret === 'string' ? decodeBase64(secret.replace(/^whsec_/, '')) : undefined;
  if (!bytes?.length) {
    throw new WebhookVerificationError('invalid-secret', 'The secret must be whsec_ and base64, as Koltrix showed it');
  }
  return crypto.subtle.importKey('raw', bytes as BufferSource, { name: 'HMAC', hash: 'SHA-256' }, false, ['verify']);
}

function eventIn(body: Uint8Array): Event {
  try {
    return JSON.parse(new TextDecoder().decode(body));
  } catch (cause) {
    throw new WebhookVerificationError('invalid-payload', 'The body is signed but is not JSON', { cause });
  }
}

function decodeBase64(text: string): Uint8Array | undefined {
  try {
    return Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
  } catch {
    return undefined;
  }
}

function concat(head: Uint8Array, tail: Uint8Array): Uint8Array {
  const whole = new Uint8Array(head.length + tail.length);
  whole.set(head);
  whole.set(tail, head.length);
  return whole;
}
