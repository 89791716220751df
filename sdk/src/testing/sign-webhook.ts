import { KoltrixError } from '../errors/koltrix-error.ts';
import type { Event } from '../generated/types.gen.ts';
import { fromBase64, latin1, utf8 } from './mime/bytes.ts';
import { randomText } from './random-text.ts';

export interface SignOptions {
  /** When it is sent: now. */
  at?: Date | undefined;
  /** `webhook-id`; by default the event's own id. */
  id?: string | undefined;
}

export interface SignedWebhook {
  /** The body exactly as it was signed. */
  body: string;
  headers: Record<string, string>;
  /** The same as a request to your endpoint. */
  toRequest: (url?: string) => Request;
}

/**
 * A webhook as Koltrix would send it (Standard Webhooks), for tests of your endpoint.
 *
 * @param payload - an event, or a body of your own making
 * @param secrets - the endpoint's secret, `whsec_…`, or several as while one is being rotated
 */
export async function signWebhook(
  payload: Event | string,
  secrets: string | readonly string[],
  { at = new Date(), id }: SignOptions = {},
): Promise<SignedWebhook> {
  const body = typeof payload === 'string' ? payload : JSON.stringify(payload);
  const webhook_id = id ?? idIn(payload);
  const timestamp = String(Math.floor(at.getTime() / 1_000));
  const content = utf8(`${webhook_id}.${timestamp}.${body}`);
  const signatures = await Promise.all([secrets].flat().map((secret) => hmac(secret, content)));
  const headers = {
    'content-type': 'application/json',
    'webhook-id': webhook_id,
    'webhook-timestamp': timestamp,
    'webhook-signature': signatures.map((signature) => `v1,${signature}`).join(' '),
  };
  return {
    body,
    headers,
    toRequest: (url = 'http://localhost/webhooks') => new Request(url, { method: 'POST', headers, body }),
  };
}

function idIn(payload: Event | string): string {
  if (typeof payload !== 'string') return payload.id;
  const [, id] = /"id"\s*:\s*"([^"]+)"/.exec(payload) ?? [];
  if (id === undefined) throw new KoltrixError('The payload has no id: pass one as options.id');
  return id;
}

async function hmac(secret: string, content: Uint8Array): Promise<string> {
  const key = fromBase64(secret.replace(/^whsec_/, ''));
  if (!secret.startsWith('whsec_') || !key.length) throw new KoltrixError('A secret is whsec_ and base64');
  const algorithm = { name: 'HMAC', hash: 'SHA-256' };
  const imported = await crypto.subtle.importKey('raw', key as BufferSource, algorithm, false, ['sign']);
  return btoa(latin1(new Uint8Array(await crypto.subtle.sign('HMAC', imported, content as BufferSource))));
}

/** A secret such as `webhooks.create` answers. */
export function fakeWebhookSecret(): string {
  return `whsec_${randomText(44)}`;
}
