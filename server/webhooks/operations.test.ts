import { Webhook } from 'standardwebhooks';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { givenKoltrix, type Installation } from '../../test/support/koltrix.ts';
import type { Tenant } from '../../test/support/tenant.ts';
import type {
  CreatedWebhook,
  Problem,
  RotatedSecret,
  WebhookDelivery,
  WebhookDeliveryPage,
  WebhookPage,
} from '../generated/types.gen.ts';
import { type Receiver, startReceiver } from './receiver.test-support.ts';

let koltrix: Installation;
let receiver: Receiver;
beforeAll(async () => {
  koltrix = await givenKoltrix();
  receiver = await startReceiver();
});
afterAll(async () => {
  await koltrix[Symbol.asyncDispose]();
  await receiver[Symbol.asyncDispose]();
});

const lately = (check: () => unknown) => expect.poll(check, { timeout: 30_000, interval: 20 });

async function call<Body>(tenant: Tenant, method: string, path: string, body?: unknown, key?: string) {
  const response = await tenant.fetch(`/webhooks${path}`, {
    method,
    headers: {
      ...(body !== undefined && { 'content-type': 'application/json' }),
      ...(key && { 'idempotency-key': key }),
    },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  return { status: response.status, headers: response.headers, body: (text ? JSON.parse(text) : undefined) as Body };
}

const create = (tenant: Tenant, body: object = { url: receiver.url }, key?: string) =>
  call<CreatedWebhook>(tenant, 'POST', '', body, key);

test('what happens to a message arrives at the endpoint, signed, and is listed with its attempts', async () => {
  const acme = await koltrix.tenant();
  const { status, body: endpoint } = await create(acme, { url: receiver.url, event_types: ['email.delivered'] });
  expect(status).toBe(201);
  await acme.koltrix.emails.send({
    from: 'hello@acme.example',
    to: ['delivered@simulator.test'],
    subject: 'Hello',
    body_text: 'Hello!',
  });
  await lately(() => receiver.received.some(({ body }) => body.includes('delivered@simulator.test'))).toBe(true);
  const got = receiver.received.find(({ body }) => body.includes('delivered@simulator.test'));
  const [event] = await acme.events('email.delivered');
  const verified = new Webhook(endpoint.secret).verify(got?.body ?? '', got?.headers as Record<string, string>);
  expect(verified).toEqual(JSON.parse(JSON.stringify(event)));
  const page = await call<WebhookDeliveryPage>(acme, 'GET', `/${endpoint.id}/deliveries?limit=1`);
  expect(page.body.data[0]).toMatchObject({ event_id: event?.id, webhook_id: endpoint.id, test: false });
});

describe('the operations', () => {
  test('create, show, change, list and delete an endpoint', async () => {
    const acme = await koltrix.tenant();
    const { secret, ...endpoint } = (await create(acme)).body;
    expect((await call(acme, 'GET', `/${endpoint.id}`)).body).toEqual(endpoint);
    const changed = await call(acme, 'PATCH', `/${endpoint.id}`, { description: 'Receipts' });
    expect(changed).toMatchObject({ status: 200, body: { description: 'Receipts', url: receiver.url } });
    await create(acme);
    const first = await call<WebhookPage>(acme, 'GET', '?limit=1');
    const second = await call<WebhookPage>(acme, 'GET', `?limit=1&cursor=${first.body.next_cursor}`);
    expect(second.body).toMatchObject({ data: [{ id: endpoint.id }], next_cursor: null });
    expect(await call(acme, 'DELETE', `/${endpoint.id}`)).toMatchObject({ status: 204, body: undefined });
    expect((await call(acme, 'GET', `/${endpoint.id}`)).status).toBe(404);
    expect(JSON.stringify([first.body, second.body])).not.toContain(secret);
  });

  test('answer a repeated creation with the same secret', async () => {
    const acme = await koltrix.tenant();
    const first = await create(acme, undefined, 'once');
    const again = await create(acme, undefined, 'once');
    expect(again.headers.get('idempotent-replayed')).toBe('true');
    expect(again.body).toEqual(first.body);
    expect((await call<WebhookPage>(acme, 'GET', '')).body.data).toHaveLength(1);
  });

  test('rotate the secret once for one idempotency key', async () => {
    const acme = await koltrix.tenant();
    const { id, secret } = (await create(acme)).body;
    const rotated = await call<RotatedSecret>(acme, 'POST', `/${id}/rotate-secret`, undefined, 'rotate');
    expect(rotated.status).toBe(201);
    expect(rotated.body.secret).not.toBe(secret);
    expect((await call(acme, 'POST', `/${id}/rotate-secret`, undefined, 'rotate')).body).toEqual(rotated.body);
  });

  test('send a test event, with or without a body, and send it again by hand', async () => {
    const acme = await koltrix.tenant();
    const { id } = (await create(acme)).body;
    const bare = await call<WebhookDelivery>(acme, 'POST', `/${id}/test`);
    expect(bare).toMatchObject({ status: 202, body: { event_type: 'email.delivered', test: true } });
    const named = await call<WebhookDelivery>(acme, 'POST', `/${id}/test`, { type: 'email.bounced' });
    expect(named).toMatchObject({ status: 202, body: { event_type: 'email.bounced' } });
    const sent = () => receiver.received.filter(({ headers }) => headers['webhook-id'] === named.body.event_id).length;
    await lately(sent).toBe(1);
    const delivered = async () =>
      (await call<WebhookDeliveryPage>(acme, 'GET', `/${id}/deliveries?state=delivered`)).body.data.length;
    await lately(delivered).toBe(2);
    expect((await call(acme, 'POST', `/${id}/deliveries/${named.body.id}/retry`)).status).toBe(202);
    await lately(sent).toBe(2);
  });

  test('refuse what is wrong, with its place', async () => {
    const acme = await koltrix.tenant();
    const { id } = (await create(acme)).body;
    for (const url of [
      'https://10.0.0.1/',
      'https://user:pw@hooks.acme.example/',
      'not a url',
      'javascript:alert(1)',
    ]) {
      const { status, body } = await call<Problem>(acme, 'POST', '', { url });
      expect([status, body.code, body.errors?.[0]?.pointer]).toEqual([400, 'invalid-request', '/url']);
    }
    for (const body of [{ event_types: [] }, { event_types: ['email.nonsense'] }, { surplus: 1 }, {}]) {
      expect((await call(acme, 'PATCH', `/${id}`, body)).status).toBe(400);
    }
    expect((await call(acme, 'GET', `?cursor=nonsense`)).status).toBe(400);
    await call(acme, 'PATCH', `/${id}`, { state: 'disabled' });
    expect(await call(acme, 'POST', `/${id}/test`)).toMatchObject({ status: 409, body: { code: 'invalid-state' } });
  });

  test("do not know another tenant's endpoint", async () => {
    const { id } = (await create(await koltrix.tenant())).body;
    const stranger = await koltrix.tenant();
    const statuses = await Promise.all([
      call(stranger, 'GET', `/${id}`),
      call(stranger, 'PATCH', `/${id}`, { state: 'disabled' }),
      call(stranger, 'DELETE', `/${id}`),
      call(stranger, 'POST', `/${id}/rotate-secret`),
      call(stranger, 'POST', `/${id}/test`),
      call(stranger, 'GET', `/${id}/deliveries`),
    ]);
    expect(statuses.map(({ status }) => status)).toEqual([404, 404, 404, 404, 404, 404]);
  });
});
