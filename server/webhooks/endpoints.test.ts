import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { givenDatabase, type TestDatabase } from '../../test/support/database.ts';
import { newId, showId } from '../store/ids.ts';
import {
  deleteEndpoint,
  getEndpoint,
  listDeliveries,
  listEndpoints,
  MAX_ENDPOINTS,
  retryDelivery,
  rotateSecret,
  sendTest,
  updateEndpoint,
} from './index.ts';
import { answers, startReceiver } from './receiver.test-support.ts';
import { type TestWebhooks, testWebhooks, uuidOf } from './webhooks.test-support.ts';

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
    rotate: () => world.db.transaction((tx) => rotateSecret(world, tx, tenant.id, id)),
  };
}

describe('an endpoint', () => {
  test('is created enabled, with a secret that is stored sealed and never shown again', async () => {
    const tenant = await world.givenTenant();
    const { secret, ...endpoint } = await tenant.endpoint({
      url,
      description: 'Receipts',
      event_types: ['email.bounced'],
    });
    expect(secret).toMatch(/^whsec_[A-Za-z0-9]{44}$/);
    expect(endpoint).toMatchObject({ url, description: 'Receipts', event_types: ['email.bounced'], state: 'enabled' });
    expect(await getEndpoint(world, tenant.id, endpoint.id)).toEqual(endpoint);
    const { rows } = await world.db.query<{ secret: Buffer }>({
      name: 'test.stored_secret',
      text: 'select secret from webhook_endpoints where id = $1',
      values: [uuidOf(endpoint)],
    });
    expect(rows[0]?.secret.includes(secret)).toBe(false);
    expect(world.seal.open(rows[0]?.secret as Buffer)).toBe(secret);
  });

  test('asks for every type when it names none', async () => {
    const { endpoint } = await given();
    expect(endpoint).toMatchObject({ event_types: null, description: null });
  });

  test.each([
    'ftp://hooks.acme.example/',
    'https://10.0.0.1/',
    'https://user:pw@hooks.acme.example/',
    'https://a.local/',
  ])('is refused at %s, with a pointer, when created and when changed', async (bad) => {
    const { tenant, update } = await given();
    const refusal = { code: 'invalid-request', faults: [{ pointer: '/url' }] };
    await expect(tenant.endpoint({ url: bad })).rejects.toMatchObject(refusal);
    await expect(update({ url: bad })).rejects.toMatchObject(refusal);
  });

  test('changes only in what is given', async () => {
    const { endpoint, update } = await given();
    world.pass({ s: 1 });
    const described = await update({ description: 'Receipts' });
    expect(described).toMatchObject({ url, description: 'Receipts', event_types: null, state: 'enabled' });
    expect(described.updated_at > endpoint.updated_at).toBe(true);
    expect(await update({ event_types: ['email.sent'] })).toMatchObject({
      description: 'Receipts',
      event_types: ['email.sent'],
    });
    expect(await update({ description: null, event_types: null, url: `${url}/2` })).toMatchObject({
      url: `${url}/2`,
      description: null,
      event_types: null,
    });
  });

  test('that is disabled by hand gets nothing more, and what was pending is exhausted', async () => {
    const { tenant, endpoint, update } = await given();
    await tenant.events(2);
    expect(await update({ state: 'disabled' })).toMatchObject({ state: 'disabled', disabled_reason: 'manual' });
    expect((await tenant.deliveries(endpoint)).map(({ state }) => state)).toEqual(['exhausted', 'exhausted']);
    await tenant.events();
    expect(await tenant.deliveries(endpoint)).toHaveLength(2);
  });

  test('that is enabled again forgets its failures, and keeps the first reason until then', async () => {
    const receiver = keep(await startReceiver({ behave: answers(410) }));
    const { tenant, endpoint, update } = await given({ target: receiver.url });
    keep(world.start());
    await tenant.events();
    await lately(async () => (await getEndpoint(world, tenant.id, endpoint.id)).disabled_reason).toBe('gone');
    expect(await update({ state: 'disabled' })).toMatchObject({ disabled_reason: 'gone' });
    expect(await update({ state: 'enabled' })).toMatchObject({
      state: 'enabled',
      disabled_reason: null,
      disabled_at: null,
      failing_since: null,
      last_failure: null,
    });
  });

  test('gets a new secret while the old one has 24 hours to go', async () => {
    const { endpoint, rotate } = await given();
    const rotated = await rotate();
    expect(rotated.secret).not.toBe(endpoint.secret);
    const left_h = (Date.parse(rotated.previous_secret_expires_at) - world.now().getTime()) / 3_600_000;
    expect(left_h).toBeCloseTo(24, 1);
  });

  test('that is deleted is gone', async () => {
    const { tenant, endpoint } = await given();
    await deleteEndpoint(world, tenant.id, endpoint.id);
    await expect(getEndpoint(world, tenant.id, endpoint.id)).rejects.toMatchObject({ code: 'not-found' });
    await expect(deleteEndpoint(world, tenant.id, endpoint.id)).rejects.toMatchObject({ code: 'not-found' });
  });

  test('is listed newest first, page by page', async () => {
    const tenant = await world.givenTenant();
    const made = [];
    for (let i = 0; i < 5; i++) made.unshift(uuidOf(await tenant.endpoint({ url })));
    const first = await listEndpoints(world, tenant.id, undefined, 3);
    const rest = await listEndpoints(world, tenant.id, first.at(-1)?.id, 3);
    expect([...first, ...rest].map(({ id }) => id)).toEqual(made);
  });

  test(`is one of at most ${MAX_ENDPOINTS}, also when many are created at once`, async () => {
    const tenant = await world.givenTenant();
    const results = await Promise.allSettled(
      Array.from({ length: MAX_ENDPOINTS + 10 }, () => tenant.endpoint({ url })),
    );
    const refused = results.filter(({ status }) => status === 'rejected');
    expect(refused).toHaveLength(10);
    expect(refused[0]).toMatchObject({ reason: { code: 'invalid-state' } });
    expect(await listEndpoints(world, tenant.id, undefined, 100)).toHaveLength(MAX_ENDPOINTS);
  });
});

test("another tenant's endpoint, delivery or secret is not found", async () => {
  const { tenant, endpoint } = await given();
  await tenant.events();
  const [delivery] = await tenant.deliveries(endpoint);
  const stranger = (await world.givenTenant()).id;
  const all = { state: undefined, before: undefined, limit: 10 };
  for (const [id, delivery_id] of [
    [endpoint.id, delivery?.id],
    [showId('wh', newId()), showId('whd', newId())],
    ['wh_nonsense', 'whd_nonsense'],
  ] as [string, string][]) {
    const asked = [
      getEndpoint(world, stranger, id),
      updateEndpoint(world, stranger, id, { description: 'mine' }),
      deleteEndpoint(world, stranger, id),
      world.db.transaction((tx) => rotateSecret(world, tx, stranger, id)),
      world.db.transaction((tx) => sendTest(world, tx, stranger, id, 'email.sent')),
      listDeliveries(world, stranger, id, all),
      retryDelivery(world, stranger, id, delivery_id),
    ];
    for (const result of await Promise.allSettled(asked)) {
      expect(result).toMatchObject({ status: 'rejected', reason: { code: 'not-found' } });
    }
  }
  expect(await listEndpoints(world, stranger, undefined, 10)).toEqual([]);
  expect(await getEndpoint(world, tenant.id, endpoint.id)).toMatchObject({ description: null });
});
