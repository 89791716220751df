import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { expectProblem, operations } from '../support/contract.ts';
import { footprint } from '../support/footprint.ts';
import { type Furniture, fill, furnish } from '../support/furnish.ts';
import { givenKoltrix, type Installation } from '../support/koltrix.ts';
import type { Tenant } from '../support/tenant.ts';

let koltrix: Installation;
let acme: Tenant;
let umbrella: Tenant;
let things: Furniture;
beforeAll(async () => {
  koltrix = await givenKoltrix();
  [acme, umbrella] = [await koltrix.tenant(), await koltrix.tenant()];
  things = await furnish(acme, new Date());
  await koltrix.stopWorker();
});
afterAll(() => koltrix[Symbol.asyncDispose]());

const withId = operations.filter(({ path }) => path.includes('{'));

test.each(withId)('$id does not know another tenant’s things, and leaves them as they are', async (operation) => {
  const { method, path, consumes, examples } = operation;
  const body = examples[0]?.[1];
  const init =
    body !== undefined && consumes
      ? { method, body: JSON.stringify(body), headers: { 'content-type': consumes } }
      : { method };
  const before = [await footprint(koltrix, acme.id), await footprint(koltrix, umbrella.id)];
  const theirs = await expectProblem(await umbrella.fetch(fill(path, things), init), {
    status: 404,
    code: 'not-found',
  });
  expect([await footprint(koltrix, acme.id), await footprint(koltrix, umbrella.id)]).toEqual(before);
  // The same words as for what is nowhere: nothing tells that there is such a thing.
  const nowhere = { ...things, address: 'nobody@example.test', key: 'no-such-key' };
  for (const name of [
    'email_id',
    'domain_id',
    'webhook_id',
    'delivery_id',
    'api_key_id',
    'test_message_id',
    'report_id',
  ] as const) {
    nowhere[name] = things[name].replace(/\w{6}$/, '000000');
  }
  const none = await expectProblem(await umbrella.fetch(fill(path, nowhere), init), { status: 404, code: 'not-found' });
  expect(none.detail).toBe(theirs.detail);
});

test('one’s own endpoint does not lead to another tenant’s delivery', async () => {
  const { id } = await umbrella.koltrix.webhooks.create({ url: 'https://hooks.umbrella.example/' });
  const before = await footprint(koltrix, acme.id);
  const response = await umbrella.fetch(`/webhooks/${id}/deliveries/${things.delivery_id}/retry`, { method: 'POST' });
  await expectProblem(response, { status: 404, code: 'not-found' });
  expect(await footprint(koltrix, acme.id)).toEqual(before);
});

test('another tenant’s event is no place in one’s own log', async () => {
  const expected = { status: 400, code: 'invalid-request' as const, says: /names no event/ };
  await expectProblem(await umbrella.fetch(`/events?after=${things.event_id}`), expected);
  const headers = { 'last-event-id': things.event_id };
  await expectProblem(await umbrella.fetch('/events/stream', { headers }), expected);
});

describe('another tenant’s things are in no list', () => {
  const lists = operations.filter(
    ({ id, method, path }) => method === 'GET' && /^list/.test(id) && !path.includes('{'),
  );

  test.each(lists)('$id', async ({ path }) => {
    const stranger = await koltrix.tenant();
    const seen = (await (await stranger.fetch(path)).json()) as { data: unknown[]; next_cursor: null };
    const mine = (await (await acme.fetch(path)).json()) as { data: unknown[] };
    expect(mine.data.length).toBeGreaterThan(0);
    expect(seen).toEqual({ data: path === '/api-keys' ? [expect.anything()] : [], next_cursor: null });
  });

  test('nor is a cursor of theirs a key to them', async () => {
    const stranger = await koltrix.tenant();
    for (const list of ['/emails', '/webhooks', '/suppressions', '/test/messages']) {
      await acme.suppress('carol@example.test');
      await acme.koltrix.webhooks.create({ url: 'https://hooks.acme.example/' });
      const { next_cursor } = (await (await acme.fetch(`${list}?limit=1`)).json()) as { next_cursor: string | null };
      if (next_cursor === null) continue;
      const response = await stranger.fetch(`${list}?cursor=${next_cursor}`);
      expect(await response.json()).toEqual({ data: [], next_cursor: null });
    }
  });
});

test('the same idempotency key, address and name are each tenant’s own', async () => {
  const mail = { from: 'hello@acme.example', to: ['bob@example.test'], subject: 'Hello', body_text: 'Hi' };
  const [a, b] = [await koltrix.tenant(), await koltrix.tenant()];
  await a.suppress('bob@example.test');
  const first = await a.koltrix.emails.send(mail, { idempotencyKey: 'same' });
  const second = await b.koltrix.emails.send(mail, { idempotencyKey: 'same' });
  expect(second.id).not.toBe(first.id);
  expect([first.status, second.status]).toEqual(['suppressed', 'queued']);
  expect((await b.koltrix.idempotencyKeys.get('same')).email_id).toBe(second.id);
});
