import { describe, expect, expectTypeOf, test } from 'vitest';
import { type Event, isWebhookVerificationError, verifyWebhook } from '../../src/index.ts';
import { createMockKoltrix, fakeEvent, fakeWebhookSecret, signWebhook } from '../../src/testing/index.ts';
import { hello, rejectionOf } from '../support.ts';

const secret = 'whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD';

describe('a made-up event', () => {
  test('is complete, has ids of its own, and says what it was told to', () => {
    const event = fakeEvent('email.bounced', {
      recipient: 'bob@example.com',
      tags: { a: 'b' },
      bounce: { class: 'soft' },
    });
    expectTypeOf(event.data.bounce.class).toEqualTypeOf<'hard' | 'soft' | 'block' | 'unknown'>();
    expect(event).toMatchObject({ type: 'email.bounced', data: { recipient: 'bob@example.com', tags: { a: 'b' } } });
    expect(event.data.bounce).toMatchObject({ class: 'soft', smtp_code: 550 });
    expect(event.data.tags).toEqual({ a: 'b' });
    const other = fakeEvent('email.bounced', {}, { created_at: '2026-11-22T08:00:00.000Z' });
    expect(other.id).toMatch(/^evt_[0-7][0-9a-hjkmnp-tv-z]{25}$/);
    expect([other.id, other.data.email_id]).not.toEqual([event.id, event.data.email_id]);
    expect(other.created_at).toBe('2026-11-22T08:00:00.000Z');
  });
});

describe('a signed webhook', () => {
  test('is what verifyWebhook takes, as parts and as a request', async () => {
    const event = fakeEvent('email.delivered');
    const signed = await signWebhook(event, secret);
    expect(await verifyWebhook(signed.body, signed.headers, secret)).toEqual(event);
    const request = signed.toRequest('https://acme.example/hooks');
    expect([request.method, request.url]).toEqual(['POST', 'https://acme.example/hooks']);
    expect(await verifyWebhook(await request.text(), request.headers, secret)).toEqual(event);
  });

  test('is refused when it is old, changed, or of another secret', async () => {
    const event = fakeEvent('email.delivered');
    const old = await signWebhook(event, secret, { at: new Date(Date.now() - 600_000) });
    const reason = async (body: string, headers: Record<string, string>, of = secret) => {
      const error = await rejectionOf(verifyWebhook(body, headers, of));
      return isWebhookVerificationError(error) && error.reason;
    };
    expect(await reason(old.body, old.headers)).toBe('timestamp-too-old');
    const { body, headers } = await signWebhook(event, secret);
    expect(await reason(`${body} `, headers)).toBe('signature-mismatch');
    expect(await reason(body, headers, fakeWebhookSecret())).toBe('signature-mismatch');
    const rotating = await signWebhook(event, [fakeWebhookSecret(), secret]);
    expect(await verifyWebhook(rotating.body, rotating.headers, secret)).toEqual(event);
    expect(String(await rejectionOf(signWebhook(event, 'secret')))).toMatch(/whsec_/);
  });
});

test('a mock posts what an endpoint subscribed to, signed, and again when it was not taken', async () => {
  const received: Event[] = [];
  let secretOfEndpoint = '';
  let status = 500;
  const mock = createMockKoltrix({
    async webhooks(request) {
      received.push(await verifyWebhook(await request.text(), request.headers, secretOfEndpoint));
      return new Response('noted', { status });
    },
  });
  const koltrix = mock.client();
  const endpoint = await koltrix.webhooks.create({ url: 'https://acme.example/hooks', event_types: ['email.bounced'] });
  secretOfEndpoint = endpoint.secret;
  await koltrix.emails.send({ ...hello, to: ['ada@example.com', 'bounced@simulator.test'] });
  await mock.settled();
  const deliveries = async () => (await koltrix.webhooks.listDeliveries(endpoint.id)).data;
  expect(await deliveries()).toMatchObject([{ state: 'pending', attempts: [{ status_code: 500 }] }]);
  status = 200;
  await mock.advance(600_000);
  expect(await deliveries()).toMatchObject([{ state: 'delivered', attempts: [{ number: 1 }, { status_code: 200 }] }]);
  expect(received.map(({ id, type }) => [id, type])).toEqual(Array(2).fill([received[0]?.id, 'email.bounced']));
});
