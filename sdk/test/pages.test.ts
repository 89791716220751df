import { afterEach, beforeEach, describe, expect, expectTypeOf, test, vi } from 'vitest';
import type { EmailSummary, Event, Page } from '../src/index.ts';
import { type Answer, event, hangUp, json, problem, rejectionOf, serve } from './support.ts';

beforeEach(() => void vi.spyOn(Math, 'random').mockReturnValue(0.001));
afterEach(() => void vi.restoreAllMocks());

const page = (ids: number[], next_cursor: string | null): Answer =>
  json(200, { data: ids.map((id) => ({ id: `em_${id}` })), next_cursor });
const threePages = [page([1, 2], 'c1'), page([3], 'c2'), page([4], null)];

describe('a list', () => {
  test('awaited is its first page, in one request', async () => {
    await using server = await serve(...threePages);
    const first = await server.client().emails.list({ limit: 2, status: 'queued' });
    expectTypeOf(first).toEqualTypeOf<Page<EmailSummary>>();
    expect(first.data.map((email) => email.id)).toEqual(['em_1', 'em_2']);
    expect(first.next_cursor).toBe('c1');
    expect(JSON.parse(JSON.stringify(first))).toEqual({ data: [{ id: 'em_1' }, { id: 'em_2' }], next_cursor: 'c1' });
    expect(server.requests.map((r) => r.url)).toEqual(['/api/v2/emails?limit=2&status=queued']);
  });

  test('iterated gives the items of all pages, with the same filters', async () => {
    await using server = await serve(...threePages);
    const ids: string[] = [];
    for await (const email of server.client().emails.list({ limit: 2, status: 'queued' })) ids.push(email.id);
    expect(ids).toEqual(['em_1', 'em_2', 'em_3', 'em_4']);
    expect(server.requests.map((r) => r.url)).toEqual([
      '/api/v2/emails?limit=2&status=queued',
      '/api/v2/emails?limit=2&status=queued&cursor=c1',
      '/api/v2/emails?limit=2&status=queued&cursor=c2',
    ]);
  });

  test('fetches no page that is not reached', async () => {
    await using server = await serve(...threePages);
    for await (const email of server.client().emails.list()) if (email.id === 'em_2') break;
    expect(server.requests).toHaveLength(1);
  });

  test('can be walked page by page, and from any page on', async () => {
    await using server = await serve(...threePages);
    const { data: first, response } = await server.client().emails.list().withResponse();
    expect(response.status).toBe(200);
    const second = await first.nextPage();
    const ids: string[] = [];
    for await (const email of second ?? []) ids.push(email.id);
    expect(ids).toEqual(['em_3', 'em_4']);
    expect(await (await second?.nextPage())?.nextPage()).toBeNull();
  });

  test('that is empty gives nothing', async () => {
    await using server = await serve(page([], null));
    for await (const email of server.client().webhooks.list()) expect.unreachable(email.id);
    expect((await server.client().webhooks.list()).data).toEqual([]);
  });

  test('retries each page, and keeps the options of the call for all of them', async () => {
    await using server = await serve(page([1], 'c1'), hangUp, page([2], null));
    const ids: string[] = [];
    for await (const { id } of server.client().emails.list({}, { headers: { 'x-trace': 't' } })) ids.push(id);
    expect(ids).toEqual(['em_1', 'em_2']);
    expect(server.requests.map((r) => r.headers['x-trace'])).toEqual(['t', 't', 't']);
  });

  test('throws in the loop what a later page answers', async () => {
    await using server = await serve(page([1], 'c1'), json(400, problem(400, 'invalid-request')));
    const ids: string[] = [];
    const walk = async () => {
      for await (const { id } of server.client().emails.list()) ids.push(id);
    };
    expect(await rejectionOf(walk())).toMatchObject({ code: 'invalid-request' });
    expect(ids).toEqual(['em_1']);
  });
});

test('the event log is paged by the id of the last event', async () => {
  const first = { data: [event(1), event(2)], next_cursor: event(2).id };
  await using server = await serve(json(200, first), json(200, { data: [event(3)], next_cursor: null }));
  const events: Event[] = [];
  for await (const each of server.client().events.list({ after: event(0).id, type: ['email.queued'] }))
    events.push(each);
  expect(events).toEqual([event(1), event(2), event(3)]);
  expect(server.requests.map((r) => new URL(r.url, server.url).searchParams.getAll('after'))).toEqual([
    [event(0).id],
    [event(2).id],
  ]);
});
