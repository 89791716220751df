import type { Event } from 'koltrix';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { doors } from '../support/doors.ts';
import { givenKoltrix, type Installation } from '../support/koltrix.ts';
import { until } from '../support/until.ts';

let koltrix: Installation;
beforeAll(async () => {
  koltrix = await givenKoltrix();
});
afterAll(() => koltrix[Symbol.asyncDispose]());

const email = { from: 'hello@acme.example', subject: 'Hello', body_text: 'Hi' };

function typesFor(events: Event[], recipient: string): string[] {
  return events.filter(({ data }) => data.recipient === recipient).map(({ type }) => type);
}

describe.each(doors)('the events of mail that came by $name', ({ name, submit }) => {
  test('tell each recipient’s story in order, and say whose it is', async () => {
    const acme = await koltrix.tenant();
    await acme.suppress('bob@example.test');
    const to = ['ada@example.test', 'bob@example.test', 'bounced@simulator.test', 'eve@example.test'];
    const id = await submit(acme, { to, subject: 'A story' });
    const { messages } = await acme.settled(id);
    const events = await acme.events();
    expect(to.map((recipient) => typesFor(events, recipient))).toEqual([
      ['email.queued', 'email.sent', 'email.delivered'],
      ['email.suppressed'],
      ['email.queued', 'email.bounced'],
      ['email.queued', 'email.sent', 'email.delivered'],
    ]);
    const source = name === 'SMTP' ? 'smtp' : 'rest';
    for (const { data } of events) {
      const message_id = messages.find(({ recipient }) => recipient === data.recipient)?.id;
      expect(data).toMatchObject({ email_id: id, message_id, from: 'hello@acme.example', subject: 'A story', source });
    }
  });
});

test.each([
  ['complained@simulator.test', ['email.queued', 'email.sent', 'email.delivered', 'email.complained']],
  ['async-bounced@simulator.test', ['email.queued', 'email.sent', 'email.delivered', 'email.bounced']],
  ['blocked@simulator.test', ['email.queued', 'email.bounced']],
  [
    'deferred@simulator.test',
    ['email.queued', 'email.delivery_delayed', 'email.delivery_delayed', 'email.sent', 'email.delivered'],
  ],
])('mail to %s goes through its states in order', async (recipient, story) => {
  const acme = await koltrix.tenant();
  await acme.koltrix.emails.send({ ...email, to: [recipient], tags: { kind: 'test' }, metadata: { a: [1, null] } });
  const events = await until(async () => {
    const all = await acme.events();
    return all.length >= story.length && all;
  });
  expect(events.map(({ type }) => type)).toEqual(story);
  for (const { data } of events) expect(data).toMatchObject({ tags: { kind: 'test' }, metadata: { a: [1, null] } });
});

test('the log is read page by page, each page behind the last event of the one before', async () => {
  const acme = await koltrix.tenant();
  const { id } = await acme.koltrix.emails.send({ ...email, to: ['ada@example.test', 'bob@example.test'] });
  await acme.settled(id);
  const all = await acme.events();
  expect(all).toHaveLength(6);
  const seen: Event[] = [];
  let after: string | null = null;
  do {
    const query: string = after ? `?limit=4&after=${after}` : '?limit=4';
    const page = (await (await acme.fetch(`/events${query}`)).json()) as { data: Event[]; next_cursor: string | null };
    seen.push(...page.data);
    after = page.next_cursor;
    expect(after).toBe(seen.length < 6 ? page.data.at(-1)?.id : null);
  } while (after);
  expect(seen).toEqual(all);
  const last = all.at(-1)?.id;
  expect(await (await acme.fetch(`/events?after=${last}`)).json()).toEqual({ data: [], next_cursor: null });
});

test('the log is filtered by type, and paged under the filter', async () => {
  const acme = await koltrix.tenant();
  const to = ['ada@example.test', 'bob@example.test', 'eve@example.test'];
  await acme.settled((await acme.koltrix.emails.send({ ...email, to })).id);
  const all = await acme.events();
  const type = ['email.queued', 'email.delivered'] as const;
  const some = await Array.fromAsync(acme.koltrix.events.list({ type: [...type], limit: 2 }));
  expect(some).toEqual(all.filter((event) => (type as readonly string[]).includes(event.type)));
  expect(some).toHaveLength(6);
  expect((await acme.fetch('/events?type=email.eaten')).status).toBe(400);
});

test('an email’s own events are its part of the log, page by page', async () => {
  const acme = await koltrix.tenant();
  const send = async (to: string) => acme.settled((await acme.koltrix.emails.send({ ...email, to: [to] })).id);
  const [first, second] = [await send('ada@example.test'), await send('bob@example.test')];
  const all = await acme.events();
  for (const { id } of [first, second]) {
    const own = all.filter(({ data }) => data.email_id === id);
    expect(own).toHaveLength(3);
    expect(await Array.fromAsync(acme.koltrix.emails.listEvents(id, { limit: 1 }))).toEqual(own);
  }
});

test('a place in another tenant’s log is no place', async () => {
  const [acme, umbrella] = [await koltrix.tenant(), await koltrix.tenant()];
  const { id } = await umbrella.koltrix.emails.send({ ...email, to: ['ada@example.test'] });
  const [theirs] = await umbrella.events();
  for (const after of [theirs?.id, 'evt_01k9zq7d8ye2wbn5w0c8v7x3mc']) {
    const problem = await (await acme.fetch(`/events?after=${after}`)).json();
    expect(problem).toMatchObject({ status: 400, code: 'invalid-request', errors: [{ pointer: '?after' }] });
  }
  expect((await acme.fetch(`/emails/${id}/events`)).status).toBe(404);
  expect(await acme.events()).toEqual([]);
});
