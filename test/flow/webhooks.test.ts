import { type Event, isWebhookVerificationError, verifyWebhook } from 'koltrix';
import { Webhook as StandardWebhook } from 'standardwebhooks';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { answers, type Received, type Receiver, startReceiver } from '../../server/webhooks/receiver.test-support.ts';
import { rows } from '../support/database.ts';
import { doors } from '../support/doors.ts';
import { serverTest } from '../support/host.ts';
import { givenKoltrix, type Installation } from '../support/koltrix.ts';
import type { Tenant } from '../support/tenant.ts';
import { until } from '../support/until.ts';

const clock = { ahead_ms: 0 };
const now = () => new Date(Date.now() + clock.ahead_ms);

let koltrix: Installation;
beforeAll(async () => {
  koltrix = await givenKoltrix({ now });
});
afterAll(() => koltrix[Symbol.asyncDispose]());

const receivers: Receiver[] = [];
afterEach(async () => {
  for (const receiver of receivers.splice(0)) await receiver[Symbol.asyncDispose]();
});

async function listen(behave = answers(200)): Promise<Receiver> {
  const receiver = await startReceiver({ behave });
  receivers.push(receiver);
  return receiver;
}

const send = async (tenant: Tenant, to = 'ada@example.test') => {
  const email = {
    from: 'hello@acme.example',
    to: [to],
    subject: 'Grüße',
    body_text: 'Hello',
    metadata: { order: 4711 },
  };
  return (await tenant.koltrix.emails.send(email)).id;
};
const arrived = (receiver: Receiver, count: number) =>
  until(() => receiver.received.length >= count && receiver.received);
const typesOf = (received: Received[]) => received.map(({ body }) => (JSON.parse(body) as Event).type);
const deliveries = (tenant: Tenant, id: string) => Array.fromAsync(tenant.koltrix.webhooks.listDeliveries(id));

describe.each(doors)('the events of mail from $name', ({ submit }) => {
  test('arrive signed, as the log shows them, once each', async () => {
    const acme = await koltrix.tenant();
    const receiver = await listen();
    const { secret, id } = await acme.koltrix.webhooks.create({ url: receiver.url });
    await acme.settled(await submit(acme, { to: ['ada@example.test'], subject: 'Grüße' }));
    const received = await arrived(receiver, 3);
    const log = await acme.events();
    expect(log.map((e) => e.type)).toEqual(['email.queued', 'email.sent', 'email.delivered']);
    for (const { body, headers } of received) {
      const event = await verifyWebhook(body, headers, secret, { now: now() });
      expect(event).toEqual(log.find((e) => e.id === event.id));
      expect(headers['webhook-id']).toBe(event.id);
      expect(new StandardWebhook(secret).verify(body, headers as Record<string, string>)).toEqual(event);
      await expect(verifyWebhook(body.replace('Gr', 'gr'), headers, secret)).rejects.toSatisfy(
        isWebhookVerificationError,
      );
    }
    await until(async () => (await deliveries(acme, id)).every((d) => d.state === 'delivered'));
    expect(receiver.received).toHaveLength(3);
  });
});

test('an endpoint gets the types that it asks for, of its own tenant alone', async () => {
  const [acme, umbrella] = [await koltrix.tenant(), await koltrix.tenant()];
  const [picky, all] = [await listen(), await listen()];
  await acme.koltrix.webhooks.create({ url: picky.url, event_types: ['email.bounced', 'email.complained'] });
  await umbrella.koltrix.webhooks.create({ url: all.url });
  await send(acme);
  await send(acme, 'bounced@simulator.test');
  await send(acme, 'complained@simulator.test');
  await arrived(picky, 2);
  await acme.settled(await send(acme, 'bob@example.test'));
  await umbrella.settled(await send(umbrella));
  await arrived(all, 3);
  expect(typesOf(picky.received).sort()).toEqual(['email.bounced', 'email.complained']);
  expect(new Set(all.received.map(({ body }) => (JSON.parse(body) as Event).id))).toEqual(
    new Set((await umbrella.events()).map((e) => e.id)),
  );
});

// Its time is brought forward in the database.
serverTest(
  'a delivery that failed is kept with its answer, and tried again under the same id when it is due',
  async () => {
    const acme = await koltrix.tenant();
    const receiver = await listen(answers(500, {}, 'out of order'));
    const { id } = await acme.koltrix.webhooks.create({ url: receiver.url, event_types: ['email.delivered'] });
    await send(acme);
    const failed = await until(async () => (await deliveries(acme, id)).find((d) => d.attempts.length === 1));
    expect(failed).toMatchObject({
      state: 'pending',
      event_type: 'email.delivered',
      attempts: [{ number: 1, status_code: 500, response_excerpt: 'out of order' }],
    });
    const wait_ms = Date.parse(failed.next_attempt_at ?? '') - Date.parse(failed.attempts[0]?.started_at ?? '');
    expect(wait_ms).toBeGreaterThanOrEqual(4_900);
    receiver.behave = answers(204);
    await rows(koltrix.database.db, 'update webhook_deliveries set due_at = $2 where tenant_id = $1', [acme.id, now()]);
    const done = await until(async () => (await deliveries(acme, id)).find((d) => d.state === 'delivered'));
    expect(done.attempts.map((a) => a.status_code)).toEqual([500, 204]);
    expect(receiver.received.map((r) => r.headers['webhook-id'])).toEqual([done.event_id, done.event_id]);
  },
);

test('an endpoint that answers 410 is disabled, says why, and can be enabled again', async () => {
  const acme = await koltrix.tenant();
  const receiver = await listen(answers(410));
  const { id } = await acme.koltrix.webhooks.create({ url: receiver.url, event_types: ['email.delivered'] });
  await send(acme);
  const gone = await until(async () => {
    const endpoint = await acme.koltrix.webhooks.get(id);
    return endpoint.state === 'disabled' && endpoint;
  });
  expect(gone).toMatchObject({ disabled_reason: 'gone', last_failure: expect.stringContaining('410') });
  await acme.settled(await send(acme, 'bob@example.test'));
  expect(await deliveries(acme, id)).toHaveLength(1);
  receiver.behave = answers(200);
  await acme.koltrix.webhooks.update(id, { state: 'enabled' });
  await send(acme, 'eve@example.test');
  await arrived(receiver, 2);
  expect(receiver.received).toHaveLength(2);
});

test('a test event goes to that endpoint alone, whatever types it asks for', async () => {
  const acme = await koltrix.tenant();
  const [receiver, other] = [await listen(), await listen()];
  const { id, secret } = await acme.koltrix.webhooks.create({ url: receiver.url, event_types: ['email.opened'] });
  await acme.koltrix.webhooks.create({ url: other.url });
  const delivery = await acme.koltrix.webhooks.test(id, { type: 'email.bounced' });
  expect(delivery).toMatchObject({ test: true, event_type: 'email.bounced', state: 'pending' });
  const [received] = await arrived(receiver, 1);
  const event = await verifyWebhook(received?.body ?? '', received?.headers ?? {}, secret, { now: now() });
  expect(event).toMatchObject({ id: delivery.event_id, type: 'email.bounced', data: { bounce: { class: 'hard' } } });
  expect(other.received).toEqual([]);
  expect(await acme.events()).toEqual([]);
});

test('a delivery is sent again by hand under the same id', async () => {
  const acme = await koltrix.tenant();
  const receiver = await listen();
  const { id } = await acme.koltrix.webhooks.create({ url: receiver.url, event_types: ['email.delivered'] });
  await send(acme);
  const done = await until(async () => (await deliveries(acme, id)).find((d) => d.state === 'delivered'));
  expect(await acme.koltrix.webhooks.retryDelivery(id, done.id)).toMatchObject({ id: done.id, state: 'pending' });
  await until(async () => (await deliveries(acme, id))[0]?.attempts.length === 2);
  expect(receiver.received.map((r) => r.headers['webhook-id'])).toEqual([done.event_id, done.event_id]);
  expect(receiver.received[1]?.body).toBe(receiver.received[0]?.body);
});

test('while a secret is being rotated both verify, and after 24 hours the new one alone', async () => {
  const acme = await koltrix.tenant();
  const receiver = await listen();
  const { id, secret: old } = await acme.koltrix.webhooks.create({
    url: receiver.url,
    event_types: ['email.delivered'],
  });
  const { secret } = await acme.koltrix.webhooks.rotateSecret(id);
  expect(secret).not.toBe(old);
  await send(acme);
  const [first] = (await arrived(receiver, 1)) as [Received];
  for (const one of [old, secret]) {
    await verifyWebhook(first.body, first.headers, one, { now: now() });
    new StandardWebhook(one).verify(first.body, first.headers as Record<string, string>);
  }
  clock.ahead_ms += 25 * 3_600_000;
  await send(acme);
  const second = (await arrived(receiver, 2))[1] as Received;
  await verifyWebhook(second.body, second.headers, secret, { now: now() });
  await expect(verifyWebhook(second.body, second.headers, old, { now: now() })).rejects.toMatchObject({
    reason: 'signature-mismatch',
  });
  clock.ahead_ms = 0;
});

test('a secret that is replaced twice in a day shortens no 24 hours, and ten sign at most', async () => {
  const acme = await koltrix.tenant();
  const receiver = await listen();
  const { id, secret: first } = await acme.koltrix.webhooks.create({
    url: receiver.url,
    event_types: ['email.delivered'],
  });
  const rotate = async () => (await acme.koltrix.webhooks.rotateSecret(id)).secret;
  const secrets = [first, await rotate()];
  clock.ahead_ms += 12 * 3_600_000;
  while (secrets.length < 10) secrets.push(await rotate());
  await expect(rotate()).rejects.toMatchObject({ status: 409, code: 'invalid-state' });
  await send(acme);
  const [request] = (await arrived(receiver, 1)) as [Received];
  for (const one of secrets) await verifyWebhook(request.body, request.headers, one, { now: now() });

  // The first one's day is over; the others began theirs later.
  clock.ahead_ms += 13 * 3_600_000;
  await send(acme);
  const { body, headers } = (await arrived(receiver, 2))[1] as Received;
  expect(String(headers['webhook-signature']).split(' ')).toHaveLength(9);
  for (const one of secrets.slice(1)) await verifyWebhook(body, headers, one, { now: now() });
  await expect(verifyWebhook(body, headers, first, { now: now() })).rejects.toMatchObject({
    reason: 'signature-mismatch',
  });
  secrets.push(await rotate());
  clock.ahead_ms = 0;
});

// Their time is brought forward in the database.
serverTest('deleting an endpoint ends its deliveries, pending ones included, and those of no other', async () => {
  const acme = await koltrix.tenant();
  const [failing, other] = [await listen(answers(500)), await listen()];
  const { id } = await acme.koltrix.webhooks.create({ url: failing.url, event_types: ['email.delivered'] });
  const { id: kept } = await acme.koltrix.webhooks.create({ url: other.url, event_types: ['email.delivered'] });
  await send(acme);
  await until(async () => (await deliveries(acme, id))[0]?.attempts.length === 1);
  await acme.koltrix.webhooks.delete(id);
  await expect(deliveries(acme, id)).rejects.toMatchObject({ code: 'not-found' });
  await rows(
    koltrix.database.db,
    `update webhook_deliveries set due_at = $2 where tenant_id = $1 and state = 'pending'`,
    [acme.id, now()],
  );
  await send(acme);
  await arrived(other, 2);
  await until(async () => (await deliveries(acme, kept)).every((d) => d.state === 'delivered'));
  expect(failing.received).toHaveLength(1);
});

test('deliveries are listed newest first, page by page, by state, and for their owner alone', async () => {
  const [acme, umbrella] = [await koltrix.tenant(), await koltrix.tenant()];
  const receiver = await listen();
  const { id } = await acme.koltrix.webhooks.create({ url: receiver.url });
  for (const to of ['a@example.test', 'b@example.test']) await acme.settled(await send(acme, to));
  await until(async () => (await deliveries(acme, id)).filter((d) => d.state === 'delivered').length === 6);
  const paged = await Array.fromAsync(acme.koltrix.webhooks.listDeliveries(id, { limit: 2 }));
  expect(paged).toEqual(await deliveries(acme, id));
  expect(paged.map((d) => d.id)).toEqual(
    paged
      .map((d) => d.id)
      .sort()
      .reverse(),
  );
  expect(await Array.fromAsync(acme.koltrix.webhooks.listDeliveries(id, { state: 'pending' }))).toEqual([]);
  await expect(deliveries(umbrella, id)).rejects.toMatchObject({ code: 'not-found' });
  await expect(umbrella.koltrix.webhooks.retryDelivery(id, paged[0]?.id ?? '')).rejects.toMatchObject({
    code: 'not-found',
  });
});
