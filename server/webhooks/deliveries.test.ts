import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { givenDatabase, type TestDatabase } from '../../test/support/database.ts';
import { eventTypes } from '../events/catalogue.ts';
import type { WebhookDelivery } from '../generated/types.gen.ts';
import { newId, showId } from '../store/ids.ts';
import { listDeliveries, retryDelivery, sendTest, updateEndpoint } from './index.ts';
import { answers, startReceiver } from './receiver.test-support.ts';
import { type TestWebhooks, testWebhooks } from './webhooks.test-support.ts';

let database: TestDatabase;
let world: TestWebhooks;
beforeAll(async () => {
  database = await givenDatabase();
  world = testWebhooks(database.db);
});
afterAll(() => database[Symbol.asyncDispose]());

const opened: AsyncDisposable[] = [];
afterEach(async () => {
  for (const thing of opened.splice(0).reverse()) await thing[Symbol.asyncDispose]();
  expect(world.failures.splice(0)).toEqual([]);
});

function keep<T extends AsyncDisposable>(thing: T): T {
  opened.push(thing);
  return thing;
}

const lately = (check: () => unknown) => expect.poll(check, { timeout: 30_000, interval: 20 });
const url = 'https://hooks.acme.example/koltrix';

/** A tenant with an endpoint, and what the handlers do for it. */
async function given({ target = url }: { target?: string } = {}) {
  const tenant = await world.givenTenant();
  const endpoint = await tenant.endpoint({ url: target });
  const { id } = endpoint;
  return {
    tenant,
    endpoint,
    update: (changes: Parameters<typeof updateEndpoint>[3]) => updateEndpoint(world, tenant.id, id, changes),
    sendTest: (type: Parameters<typeof sendTest>[4] = 'email.delivered') =>
      world.db.transaction((tx) => sendTest(world, tx, tenant.id, id, type)),
    retry: (delivery: Pick<WebhookDelivery, 'id'>) => retryDelivery(world, tenant.id, id, delivery.id),
  };
}

describe('a test event', () => {
  test.each(eventTypes)('of type %s is complete, and goes to that endpoint alone', async (type) => {
    const receiver = keep(await startReceiver());
    const { tenant, endpoint, update, sendTest } = await given({ target: receiver.url });
    const other = await tenant.endpoint({ url: receiver.url });
    await update({ event_types: ['email.opened'] });
    const sent = await sendTest(type);
    expect(sent).toMatchObject({
      event_type: type,
      test: true,
      state: 'pending',
      attempts: [],
      webhook_id: endpoint.id,
    });
    keep(world.start());
    await lately(() => receiver.received.length).toBe(1);
    const event = JSON.parse(receiver.received[0]?.body ?? '');
    expect(event).toMatchObject({ id: sent.event_id, type, data: { recipient: 'ada@example.com', source: 'rest' } });
    expect(receiver.received[0]?.headers['webhook-id']).toBe(sent.event_id);
    expect(await tenant.deliveries(other)).toEqual([]);
  });

  test('is refused while the endpoint is disabled', async () => {
    const { update, sendTest } = await given();
    await update({ state: 'disabled' });
    await expect(sendTest()).rejects.toMatchObject({ code: 'invalid-state' });
  });
});

describe('a delivery that is sent again by hand', () => {
  test('is due at once under the same id, whatever its state, and its schedule starts again', async () => {
    const receiver = keep(await startReceiver({ behave: answers(200) }));
    const { tenant, endpoint, retry } = await given({ target: receiver.url });
    await tenant.events();
    keep(world.start());
    const only = async () => (await tenant.deliveries(endpoint))[0] as WebhookDelivery;
    await lately(async () => (await only()).state).toBe('delivered');
    receiver.behave = answers(500);
    expect(await retry(await only())).toMatchObject({ state: 'pending' });
    await lately(async () => (await only()).attempts.length).toBe(2);
    const again = await only();
    expect(again.state).toBe('pending');
    const wait_s = (Date.parse(again.next_attempt_at ?? '') - Date.parse(again.attempts[1]?.started_at ?? '')) / 1_000;
    expect(wait_s).toBeCloseTo(5, 0);
    expect(new Set(receiver.received.map(({ headers }) => headers['webhook-id'])).size).toBe(1);
  });

  test('comes back from being exhausted', async () => {
    const { tenant, endpoint, update, retry } = await given();
    await tenant.events();
    await update({ state: 'disabled' });
    await update({ state: 'enabled' });
    const [exhausted] = await tenant.deliveries(endpoint);
    expect(exhausted?.state).toBe('exhausted');
    expect(await retry(exhausted as WebhookDelivery)).toMatchObject({ state: 'pending' });
  });

  test('is not doubled while a try is under way', async () => {
    const gate = Promise.withResolvers<void>();
    const receiver = keep(await startReceiver({ behave: (response) => void gate.promise.then(() => response.end()) }));
    const { tenant, endpoint, retry } = await given({ target: receiver.url });
    await tenant.events();
    keep(world.start());
    await lately(() => receiver.received.length).toBe(1);
    const [delivery] = await tenant.deliveries(endpoint);
    await retry(delivery as WebhookDelivery);
    gate.resolve();
    await lately(async () => (await tenant.deliveries(endpoint))[0]?.state).toBe('delivered');
    expect(receiver.received).toHaveLength(1);
  });

  test('is refused while the endpoint is disabled, and when there is no such delivery', async () => {
    const { tenant, endpoint, update, retry } = await given();
    await tenant.events();
    const [delivery] = await tenant.deliveries(endpoint);
    for (const id of [showId('whd', newId()), endpoint.id, 'whd_nonsense']) {
      await expect(retry({ id })).rejects.toMatchObject({ code: 'not-found' });
    }
    await update({ state: 'disabled' });
    await expect(retry(delivery as WebhookDelivery)).rejects.toMatchObject({ code: 'invalid-state' });
  });
});

test('deliveries are listed newest first, page by page, and by state', async () => {
  const { tenant, endpoint, update } = await given();
  await tenant.events(2);
  await update({ state: 'disabled' });
  await update({ state: 'enabled' });
  await tenant.events(3);
  const list = (query: Partial<Parameters<typeof listDeliveries>[3]>) =>
    listDeliveries(world, tenant.id, endpoint.id, { state: undefined, before: undefined, limit: 10, ...query });
  const all = (await list({})).map(({ id }) => id);
  expect(all).toEqual([...all].sort().reverse());
  expect(all).toHaveLength(5);
  const first = await list({ limit: 2 });
  const rest = await list({ before: first.at(-1)?.id });
  expect([...first, ...rest].map(({ id }) => id)).toEqual(all);
  expect(await list({ state: 'exhausted' })).toHaveLength(2);
  expect(await list({ state: 'pending' })).toHaveLength(3);
  expect(await list({ state: 'delivered' })).toHaveLength(0);
});
