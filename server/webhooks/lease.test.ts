import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { givenDatabase, type TestDatabase } from '../../test/support/database.ts';
import { type SettledTry, settle } from '../store/webhook-attempts.sql.ts';
import { type LeasedDelivery, leaseDue } from '../store/webhook-deliveries.sql.ts';
import { PER_ENDPOINT } from './deliver.ts';
import { getEndpoint, updateEndpoint } from './index.ts';
import { FAILING_DAYS } from './schedule.ts';
import { type TestWebhooks, testWebhooks, uuidOf } from './webhooks.test-support.ts';

let database: TestDatabase;
let world: TestWebhooks;
beforeAll(async () => {
  database = await givenDatabase();
  world = testWebhooks(database.db);
});
afterAll(() => database[Symbol.asyncDispose]());
afterEach(async () => {
  await world.db.query({
    name: 'test.clear',
    text: 'truncate webhook_endpoints, webhook_deliveries cascade',
    values: [],
  });
});

const lease = (worker: string, limit = 100) =>
  leaseDue(world.db, {
    worker,
    now: world.now(),
    lease_s: 30,
    limit,
    per_endpoint: PER_ENDPOINT,
    per_failing_endpoint: 2,
  });

const failed = ({ delivery_id, endpoint_id, attempt }: LeasedDelivery): SettledTry => ({
  delivery_id,
  endpoint_id,
  attempt,
  outcome: 'failed',
  state: 'pending',
  due_at: world.now(),
  tries: 1,
  started_at: world.now(),
  duration_ms: 1,
  status_code: 500,
  error: 'answered 500',
  response_excerpt: '',
});
const settleAs = (worker: string, tries: SettledTry[]) => settle(world.db, worker, tries, world.now(), FAILING_DAYS);

async function givenQueue(count: number) {
  const tenant = await world.givenTenant();
  const endpoint = await tenant.endpoint({ url: 'https://hooks.acme.example/' });
  await tenant.events(count);
  return { tenant, endpoint, id: uuidOf(endpoint) };
}

test('workers that lease in the same instant respect the places of an endpoint together', async () => {
  for (let round = 0; round < 20; round++) {
    const { tenant, endpoint } = await givenQueue(100);
    const leased = await Promise.all(['a', 'b', 'c', 'd', 'e', 'f'].map((worker) => lease(worker)));
    expect(leased.flat().length).toBe(PER_ENDPOINT);
    await updateEndpoint(world, tenant.id, endpoint.id, { state: 'disabled' });
  }
});

test('a lease is shared among endpoints, however long the queue of one is and however old', async () => {
  const long = await givenQueue(50);
  world.pass({ s: 60 });
  const short = await givenQueue(3);
  const ids = (await lease('a', 4)).map(({ endpoint_id }) => endpoint_id).sort();
  expect(ids).toEqual([long.id, long.id, short.id, short.id].sort());
  // What is under way counts: the newcomer now comes before both.
  const newcomer = await givenQueue(2);
  expect((await lease('b', 2)).map(({ endpoint_id }) => endpoint_id)).toEqual([newcomer.id, newcomer.id]);
});

test('an endpoint whose last try failed gets few places until one succeeds', async () => {
  await givenQueue(50);
  const first = await lease('a');
  expect(first).toHaveLength(PER_ENDPOINT);
  await settleAs('a', first.map(failed));
  const second = await lease('a');
  expect(second).toHaveLength(2);
  const well = second.map(
    (leased): SettledTry => ({
      ...failed(leased),
      outcome: 'delivered',
      state: 'delivered',
      due_at: null,
      error: null,
    }),
  );
  await settleAs('a', well);
  expect(await lease('a')).toHaveLength(PER_ENDPOINT);
});

test('a worker whose lease has passed to another settles nothing', async () => {
  const { tenant, endpoint } = await givenQueue(1);
  const [lost] = (await lease('slow')) as [LeasedDelivery];
  world.pass({ s: 31 });
  const [held] = (await lease('quick')) as [LeasedDelivery];
  expect(held.delivery_id).toBe(lost.delivery_id);
  expect(await settleAs('slow', [failed(lost)])).toEqual({ settled: [], disabled: [] });
  expect((await getEndpoint(world, tenant.id, endpoint.id)).last_failure).toBeNull();
  expect(await settleAs('quick', [failed(held)])).toEqual({ settled: [held.delivery_id], disabled: [] });
  expect((await getEndpoint(world, tenant.id, endpoint.id)).last_failure).toBe('answered 500');
  expect(await settleAs('quick', [failed(held)])).toEqual({ settled: [], disabled: [] });
});

test('the same worker, too, settles nothing under a lease that it has lost', async () => {
  await givenQueue(1);
  const [lost] = (await lease('a')) as [LeasedDelivery];
  world.pass({ s: 31 });
  await lease('a');
  expect((await settleAs('a', [failed(lost)])).settled).toEqual([]);
});

test('of several outcomes in one batch a success clears the failures, and a 410 outweighs it', async () => {
  const { tenant, endpoint } = await givenQueue(3);
  const [first, second, third] = (await lease('a')).map(failed) as [SettledTry, SettledTry, SettledTry];
  const delivered = { ...second, outcome: 'delivered', state: 'delivered', due_at: null, error: null } as const;
  const gone = { ...third, outcome: 'gone', state: 'exhausted', due_at: null, error: 'answered 410' } as const;
  await settleAs('a', [first, delivered]);
  expect(await getEndpoint(world, tenant.id, endpoint.id)).toMatchObject({ state: 'enabled', failing_since: null });
  const { disabled } = await settleAs('a', [gone]);
  expect(disabled).toEqual([{ id: uuidOf(endpoint), reason: 'gone' }]);
  expect(await getEndpoint(world, tenant.id, endpoint.id)).toMatchObject({
    disabled_reason: 'gone',
    last_failure: 'answered 410',
  });
});
