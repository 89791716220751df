import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { givenDatabase, type TestDatabase } from '../../test/support/database.ts';
import { getEndpoint } from './index.ts';
import { answers, type Behaviour, type Received, startReceiver } from './receiver.test-support.ts';
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
  await world.db.query({
    name: 'test.clear',
    text: 'truncate webhook_endpoints, webhook_deliveries cascade',
    values: [],
  });
});

function keep<T extends AsyncDisposable>(thing: T): T {
  opened.push(thing);
  return thing;
}

const start = (options: Parameters<TestWebhooks['start']>[0] = {}) => keep(world.start(options));
const patience = { timeout: 30_000, interval: 20 };
const lately = (check: () => unknown) => expect.poll(check, patience);
const _eventIds = (received: Received[]) => received.map(({ headers }) => headers['webhook-id']).sort();

async function given(behave: Behaviour = answers(200, {}, 'ok')) {
  const receiver = keep(await startReceiver({ behave }));
  const tenant = await world.givenTenant();
  const endpoint = await tenant.endpoint({ url: receiver.url });
  const state = async () => (await tenant.deliveries(endpoint))[0]?.state;
  const only = async () => (await tenant.deliveries(endpoint))[0];
  const current = () => getEndpoint(world, tenant.id, endpoint.id);
  return { receiver, tenant, endpoint, state, only, current };
}

test('stopping waits for an answer that is on its way', async () => {
  const { receiver, tenant, state } = await given((response) => void setTimeout(() => response.end(), 200));
  await tenant.events();
  const worker = world.start();
  await lately(() => receiver.received.length).toBe(1);
  await worker[Symbol.asyncDispose]();
  expect(await state()).toBe('delivered');
});

test('stopping cuts off a request that hangs, without counting it against the schedule or the endpoint', async () => {
  const { receiver, tenant, only, state, current } = await given(() => {});
  await tenant.events();
  const worker = world.start({ grace_ms: 100, timeout_ms: 60_000 });
  await lately(() => receiver.received.length).toBe(1);
  const since = Date.now();
  await worker[Symbol.asyncDispose]();
  expect(Date.now() - since).toBeLessThan(20_000);
  expect(await only()).toMatchObject({ state: 'pending', attempts: [{ error: 'cut off: the server was stopping' }] });
  expect((await current()).failing_since).toBeNull();
  receiver.behave = answers(200);
  start();
  await lately(state).toBe('delivered');
});
