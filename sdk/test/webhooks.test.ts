import { runInNewContext } from 'node:vm';
import { Webhook } from 'standardwebhooks';
import { describe, expect, expectTypeOf, test } from 'vitest';
import { type Event, verifyWebhook } from '../src/index.ts';
import { verifyWebhook as fromWebhooks, isWebhookVerificationError } from '../src/webhooks.ts';
import { event, rejectionOf } from './support.ts';

const SECRET = 'whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD';
const OTHER = 'whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=';
const now = new Date('2026-11-22T08:00:00Z');
const payload = JSON.stringify({ ...event(1), data: { subject: 'Grüße 👋' } });

/** Headers as the reference implementation signs them. */
function signed(body = payload, secret = SECRET, at = now): Record<string, string> {
  const id = event(1).id;
  return {
    'webhook-id': id,
    'webhook-timestamp': String(Math.floor(at.getTime() / 1000)),
    'webhook-signature': new Webhook(secret).sign(id, at, body),
  };
}

const later = (seconds: number) => new Date(now.getTime() + seconds * 1000);

describe('a webhook that was signed by the reference implementation', () => {
  test('verifies, and gives its typed event', async () => {
    const verified = await verifyWebhook(payload, signed(), SECRET, { now });
    expectTypeOf(verified).toEqualTypeOf<Event>();
    expect(verified).toEqual(JSON.parse(payload));
    if (verified.type === 'email.bounced') expectTypeOf(verified.data.bounce.class).toBeString();
  });

  test('verifies at the present by default', async () => {
    await expect(verifyWebhook(payload, signed(payload, SECRET, new Date()), SECRET)).resolves.toBeDefined();
  });

  test('verifies from bytes, from Headers, and from headers in any case or as lists', async () => {
    const headers = signed();
    const upper = Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toUpperCase(), value]));
    await verifyWebhook(new TextEncoder().encode(payload), headers, SECRET, { now });
    await verifyWebhook(Buffer.from(payload), new Headers(headers), SECRET, { now });
    // Test runners such as Jest give each test file a realm, so that its `Uint8Array` is not the one that we know.
    const elsewhere = runInNewContext('new Uint8Array(bytes)', { bytes: Buffer.from(payload) });
    await verifyWebhook(elsewhere, headers, SECRET, { now });
    await verifyWebhook(payload, { ...upper, 'set-cookie': ['a', 'b'], host: undefined }, SECRET, { now });
  });

  test('verifies under any of several secrets and by any of several signatures', async () => {
    await verifyWebhook(payload, signed(), [OTHER, SECRET], { now });
    const rotating = { ...signed() };
    rotating['webhook-signature'] =
      `v1a,xyz v1,!!! ${signed(payload, OTHER)['webhook-signature']} ${rotating['webhook-signature']}`;
    await verifyWebhook(payload, rotating, SECRET, { now });
    await verifyWebhook(payload, rotating, OTHER, { now });
  });

  test('verifies within the tolerance on both sides, which can be set', async () => {
    await verifyWebhook(payload, signed(), SECRET, { now: later(300) });
    await verifyWebhook(payload, signed(), SECRET, { now: later(-300) });
    await verifyWebhook(payload, signed(), SECRET, { now: later(3000), tolerance_s: 3600 });
  });

  test('verifies from bytes of every kind, as `request.arrayBuffer()` gives them', async () => {
    const bytes = new TextEncoder().encode(payload);
    for (const body of [bytes, bytes.buffer]) await verifyWebhook(body, signed(), SECRET, { now });
  });

  test('verifies with the same function from koltrix/webhooks', () => {
    expect(fromWebhooks).toBe(verifyWebhook);
  });
});

describe('a webhook is refused', () => {
  const without = (name: string) => Object.fromEntries(Object.entries(signed()).filter(([key]) => key !== name));
  const withSignature = (signature: string) => ({ ...signed(), 'webhook-signature': signature });

  test.each([
    ['without an id', 'missing-header', payload, without('webhook-id'), SECRET, now],
    ['without a time', 'missing-header', payload, without('webhook-timestamp'), SECRET, now],
    ['without a signature', 'missing-header', payload, without('webhook-signature'), SECRET, now],
    [
      'with a time that is none',
      'invalid-timestamp',
      payload,
      { ...signed(), 'webhook-timestamp': '1e9' },
      SECRET,
      now,
    ],
    ['that is too old', 'timestamp-too-old', payload, signed(), SECRET, later(301)],
    ['that is too new', 'timestamp-too-new', payload, signed(), SECRET, later(-301)],
    ['with a changed body', 'signature-mismatch', payload.replace('Grüße', 'Grusse'), signed(), SECRET, now],
    ['with a changed id', 'signature-mismatch', payload, { ...signed(), 'webhook-id': 'evt_2' }, SECRET, now],
    [
      'with a changed time',
      'signature-mismatch',
      payload,
      { ...signed(), 'webhook-timestamp': '1795334401' },
      SECRET,
      now,
    ],
    ['under another secret', 'signature-mismatch', payload, signed(payload, OTHER), SECRET, now],
    ['with a signature cut short', 'signature-mismatch', payload, withSignature('v1,abcd'), SECRET, now],
    ['with an empty signature', 'signature-mismatch', payload, withSignature('v1,'), SECRET, now],
    ['with a version of its own', 'signature-mismatch', payload, withSignature('v9,abcd'), SECRET, now],
    ['with a secret that is empty', 'invalid-secret', payload, signed(), 'whsec_', now],
    ['with a secret that is no base64', 'invalid-secret', payload, signed(), 'whsec_?', now],
    ['that is signed but no JSON', 'invalid-payload', 'hello', signed('hello'), SECRET, now],
  ])('%s: %s', async (_, reason, body, headers, secret, at) => {
    const error = await rejectionOf(verifyWebhook(body, headers, secret, { now: at }));
    expect(isWebhookVerificationError(error)).toBe(true);
    expect(error).toMatchObject({ reason, name: 'WebhookVerificationError' });
    expect(String(error)).not.toContain(SECRET.slice(6));
  });

  test('when there is no secret to check it by', async () => {
    expect(await rejectionOf(verifyWebhook(payload, signed(), [], { now }))).toMatchObject({
      reason: 'invalid-secret',
    });
    const missing = process.env.NO_SUCH_SECRET as string;
    expect(await rejectionOf(verifyWebhook(payload, signed(), missing, { now }))).toMatchObject({
      reason: 'invalid-secret',
    });
  });

  test('when the tolerance is no number, as of a variable that is not set', async () => {
    const tolerance_s = Number(process.env.NO_SUCH_TOLERANCE);
    for (const at of [later(86_400), later(-86_400)]) {
      const error = await rejectionOf(verifyWebhook(payload, signed(), SECRET, { now: at, tolerance_s }));
      expect(isWebhookVerificationError(error)).toBe(true);
    }
  });

  test('when its body was parsed before', async () => {
    const parsed = JSON.parse(payload) as string;
    expect(await rejectionOf(verifyWebhook(parsed, signed(), SECRET, { now }))).toMatchObject({
      reason: 'invalid-payload',
    });
  });
});
