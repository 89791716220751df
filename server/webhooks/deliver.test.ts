import { Webhook } from 'standardwebhooks';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { givenDatabase, type TestDatabase } from '../../test/support/database.ts';
import { until } from '../../test/support/until.ts';
import { presentEvent } from '../events/present.ts';
import { EVENT_COLUMNS, EVENT_JOINS, type EventRow } from '../store/events.sql.ts';
import { newId, showId } from '../store/ids.ts';
import { leaseDue } from '../store/webhook-deliveries.sql.ts';
import { PER_ENDPOINT } from './deliver.ts';
import { deleteEndpoint, getEndpoint, rotateSecret, updateEndpoint } from './index.ts';
import { answers, type Behaviour, type Received, startReceiver } from './receiver.test-support.ts';
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
const eventIds = (received: Received[]) => received.map(({ headers }) => headers['webhook-id']).sort();

async function given(behave: Behaviour = answers(200, {}, 'ok')) {
  const receiver = keep(await startReceiver({ behave }));
  const tenant = await world.givenTenant();
  const endpoint = await tenant.endpoint({ url: receiver.url });
  const state = async () => (await tenant.deliveries(endpoint))[0]?.state;
  const only = async () => (await tenant.deliveries(endpoint))[0];
  const current = () => getEndpoint(world, tenant.id, endpoint.id);
  return { receiver, tenant, endpoint, state, only, current };
}

describe('an event', () => {
  test('arrives as `/events` shows it, under a signature that standardwebhooks verifies', async () => {
    const { receiver, tenant, endpoint, state } = await given();
    const bounce = { class: 'hard', smtp_code: 550, enhanced_code: '5.1.1', diagnostic: 'no such user' };
    const [id] = await tenant.events(1, 'email.bounced', { bounce });
    start();
    await lately(state).toBe('delivered');
    const { headers, body } = receiver.received[0] as Received;
    const { rows } = await world.db.query<EventRow>({
      name: 'test.event',
      text: `select ${EVENT_COLUMNS} from events e ${EVENT_JOINS} where e.id = $1`,
      values: [id],
    });
    expect(JSON.parse(body)).toEqual(presentEvent(rows[0] as EventRow));
    expect(JSON.parse(body).data).toMatchObject({ bounce, subject: 'Grüße', metadata: { order: 4711 } });
    expect(headers['webhook-id']).toBe(showId('evt', id as string));
    expect(new Webhook(endpoint.secret).verify(body, headers as Record<string, string>)).toEqual(JSON.parse(body));
    expect((await tenant.deliveries(endpoint))[0]).toMatchObject({
      test: false,
      next_attempt_at: null,
      attempts: [{ number: 1, status_code: 200, error: null, response_excerpt: 'ok' }],
    });
  });

  test('goes to each endpoint that asks for its type, and to no other, nor to another tenant', async () => {
    const { receiver, tenant, endpoint } = await given();
    const picky = await tenant.endpoint({ url: receiver.url, event_types: ['email.clicked'] });
    const asking = await tenant.endpoint({ url: receiver.url, event_types: ['email.clicked', 'email.queued'] });
    const stranger = await (await world.givenTenant()).endpoint({ url: receiver.url });
    await tenant.events(1, 'email.queued');
    start();
    await lately(() => receiver.received.length).toBe(2);
    const counts = await Promise.all([endpoint, picky, asking].map(async (e) => (await tenant.deliveries(e)).length));
    expect(counts).toEqual([1, 0, 1]);
    expect((await getEndpoint(world, tenant.id, asking.id)).id).not.toBe(stranger.id);
  });

  test('is signed with both secrets for 24 hours after a rotation, and then with the new one alone', async () => {
    const { receiver, tenant, endpoint } = await given();
    const rotated = await world.db.transaction((tx) => rotateSecret(world, tx, tenant.id, endpoint.id));
    start();
    await tenant.events();
    await lately(() => receiver.received.length).toBe(1);
    const first = receiver.received[0] as Received;
    for (const secret of [rotated.secret, endpoint.secret]) {
      expect(() => new Webhook(secret).verify(first.body, first.headers as Record<string, string>)).not.toThrow();
    }
    world.pass({ hours: 25 });
    await tenant.events();
    await lately(() => receiver.received.length).toBe(2);
    expect(String(receiver.received[1]?.headers['webhook-signature']).split(' ')).toHaveLength(1);
  });
});

describe('a delivery that fails', () => {
  test('is tried on the schedule under the same id, and then exhausted', async () => {
    const { receiver, tenant, only } = await given(answers(500, {}, 'out of order'));
    await tenant.events();
    start();
    const waits_s: number[] = [];
    for (let tries = 1; tries <= 10; tries++) {
      await lately(async () => (await only())?.attempts.length).toBe(tries);
      const { next_attempt_at, attempts } = (await only()) as NonNullable<Awaited<ReturnType<typeof only>>>;
      if (next_attempt_at === null) break;
      waits_s.push(Math.round((Date.parse(next_attempt_at) - Date.parse(attempts.at(-1)?.started_at ?? '')) / 1000));
      world.pass({ s: waits_s.at(-1) as number });
    }
    expect(waits_s).toEqual([5, 300, 1_800, 7_200, 18_000, 36_000, 50_400, 72_000, 86_400]);
    const last = await only();
    expect(last).toMatchObject({ state: 'exhausted', next_attempt_at: null });
    expect(last?.attempts.map(({ number }) => number)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
    expect(last?.attempts[9]).toMatchObject({
      status_code: 500,
      error: 'answered 500 Internal Server Error',
      response_excerpt: 'out of order',
    });
    expect(new Set(eventIds(receiver.received)).size).toBe(1);
    expect(receiver.received).toHaveLength(10);
  });

  test('waits as long as Retry-After says', async () => {
    const { tenant, only } = await given(answers(503, { 'retry-after': '600' }));
    await tenant.events();
    start();
    await lately(async () => (await only())?.attempts.length).toBe(1);
    const delivery = await only();
    const wait_ms = Date.parse(delivery?.next_attempt_at ?? '') - world.now().getTime();
    expect(wait_ms).toBeGreaterThan(590_000);
    expect(wait_ms).toBeLessThanOrEqual(600_000);
  });

  test('shows on its endpoint, until a try succeeds', async () => {
    const { receiver, tenant, state, current } = await given(answers(302, { location: 'http://169.254.169.254/' }));
    await tenant.events();
    start();
    await lately(async () => (await current()).last_failure).toContain('redirects are not followed');
    expect((await current()).failing_since).not.toBeNull();
    receiver.behave = answers(204);
    world.pass({ s: 6 });
    await lately(state).toBe('delivered');
    expect(await current()).toMatchObject({ state: 'enabled', failing_since: null, last_failure: null });
  });
});

describe('an endpoint is disabled', () => {
  test('by an answer of 410, with all that it has pending', async () => {
    const { receiver, tenant, endpoint, current } = await given(answers(410));
    await tenant.events(30);
    start();
    await lately(async () => (await current()).state).toBe('disabled');
    expect(await current()).toMatchObject({
      disabled_reason: 'gone',
      last_failure: 'answered 410 Gone: it wants no more',
    });
    await lately(async () => (await tenant.deliveries(endpoint)).every(({ state }) => state === 'exhausted')).toBe(
      true,
    );
    expect(receiver.received.length).toBeLessThanOrEqual(PER_ENDPOINT);
    await tenant.events();
    expect(await tenant.deliveries(endpoint)).toHaveLength(30);
  });

  test('after failing for 5 days, and not before', async () => {
    const { tenant, endpoint, current } = await given(answers(500));
    start();
    await tenant.events();
    await lately(async () => (await current()).failing_since).not.toBeNull();
    world.pass({ hours: 5 * 24 - 1 });
    await lately(async () => (await tenant.deliveries(endpoint))[0]?.attempts.length).toBe(2);
    expect((await current()).state).toBe('enabled');
    world.pass({ hours: 2 });
    await lately(async () => (await current()).disabled_reason).toBe('failing');
    expect((await tenant.deliveries(endpoint))[0]).toMatchObject({ state: 'exhausted', next_attempt_at: null });
    expect(world.logged).toContain('webhooks: an endpoint was disabled');
  });

  test('and what was under way then is settled without another try', async () => {
    const gate = Promise.withResolvers<void>();
    const { receiver, tenant, endpoint, state } = await given(async (response) => {
      await gate.promise;
      response.writeHead(500).end();
    });
    await tenant.events();
    start();
    await lately(() => receiver.received.length).toBe(1);
    await updateEndpoint(world, tenant.id, endpoint.id, { state: 'disabled' });
    expect(await state()).toBe('pending');
    gate.resolve();
    await lately(state).toBe('exhausted');
  });
});

describe('several endpoints and workers', () => {
  test('two workers deliver each of 300 events once', async () => {
    const { receiver, tenant, endpoint } = await given();
    const ids = [...(await tenant.events(150)), ...(await tenant.events(150))].map((id) => showId('evt', id)).sort();
    start();
    start();
    await lately(() => receiver.received.length).toBe(300);
    await lately(async () => (await tenant.deliveries(endpoint)).every(({ state }) => state === 'delivered')).toBe(
      true,
    );
    expect(eventIds(receiver.received)).toEqual(ids);
  });

  test('together give one endpoint no more than its share of requests at once', async () => {
    const { receiver, tenant } = await given(async (response) => {
      // Whoever is first waits for the others.
      await until(() => receiver.most_at_once > PER_ENDPOINT / 2);
      setTimeout(() => response.end(), 15);
    });
    await tenant.events(200);
    start();
    start();
    start();
    await lately(() => receiver.received.length).toBe(200);
    expect(receiver.most_at_once).toBeLessThanOrEqual(PER_ENDPOINT);
    expect(receiver.most_at_once).toBeGreaterThan(PER_ENDPOINT / 2);
  });

  test('an endpoint that hangs with a long queue holds up nobody else', async () => {
    const hanging = await given(() => {});
    const healthy = await given();
    await hanging.tenant.events(500);
    start({ concurrency: 16, timeout_ms: 60_000, grace_ms: 0 });
    await lately(() => hanging.receiver.received.length).toBe(PER_ENDPOINT);
    const since = Date.now();
    await healthy.tenant.events(5);
    await lately(() => healthy.receiver.received.length).toBe(5);
    expect(Date.now() - since).toBeLessThan(25_000);
    expect(hanging.receiver.received).toHaveLength(PER_ENDPOINT);
  });

  test('a worker that dies costs its deliveries a lease, and the lost try stays on record', async () => {
    const { receiver, tenant, only, state } = await given();
    await tenant.events();
    const dead = { worker: 'dead', lease_s: 30, limit: 10, per_endpoint: 10, per_failing_endpoint: 2 };
    expect(await leaseDue(world.db, { ...dead, now: world.now() })).toHaveLength(1);
    start();
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(receiver.received).toHaveLength(0);
    world.pass({ s: 31 });
    await lately(state).toBe('delivered');
    expect((await only())?.attempts).toMatchObject([
      { number: 1, status_code: null, error: 'the worker stopped before the outcome was known' },
      { number: 2, status_code: 200 },
    ]);
  });
});

test('what a deleted endpoint leaves behind is cleared away', async () => {
  const { tenant, endpoint } = await given();
  await tenant.events(3);
  await deleteEndpoint(world, tenant.id, endpoint.id);
  const left = async () => {
    const text = 'select from webhook_deliveries where endpoint_id = $1';
    return (await world.db.query({ name: 'test.left', text, values: [uuidOf(endpoint)] })).rowCount;
  };
  expect(await left()).toBe(3);
  start();
  await lately(left).toBe(0);
});

test('a secret that cannot be opened is told to the owner, and the worker goes on', async () => {
  const { tenant, current } = await given();
  const healthy = await given();
  await tenant.events();
  await world.db.query({
    name: 'test.spoil_secret',
    text: 'update webhook_endpoints set secret = $2 where tenant_id = $1',
    values: [tenant.id, Buffer.from(newId())],
  });
  start();
  await lately(async () => (await current()).last_failure).toContain('cannot read the signing secret');
  expect(world.failures.splice(0)).toMatchObject([{ message: 'webhooks: could not sign' }]);
  await healthy.tenant.events();
  await lately(healthy.state).toBe('delivered');
});
