import type { ServerResponse } from 'node:http';
import { afterEach, beforeEach, describe, expect, expectTypeOf, test, vi } from 'vitest';
import { ConnectionError, type Event, isAPIError, isKoltrixError } from '../src/index.ts';
import { serverSentEvents } from '../src/server-sent-events.ts';
import { type Answer, event, json, problem, rejectionOf, serve, staySilent } from './support.ts';

beforeEach(() => void vi.spyOn(Math, 'random').mockReturnValue(0.001));
afterEach(() => void vi.restoreAllMocks());

const block = (number: number) =>
  `id: ${event(number).id}\nevent: email.queued\ndata: ${JSON.stringify(event(number))}\n\n`;
const open = (response: ServerResponse) => response.writeHead(200, { 'content-type': 'text/event-stream' });

/** Sends these events and keeps the connection. */
const sendAndStay =
  (...numbers: number[]): Answer =>
  (response) => {
    open(response).write(numbers.map(block).join(''));
  };
/** Sends these events and breaks off within the next one. */
const sendAndBreak =
  (...numbers: number[]): Answer =>
  (response, _, socket) => {
    open(response).write(`${numbers.map(block).join('')}id: evt_half\ndata: {"id`, () =>
      setTimeout(() => socket.destroy(), 20),
    );
  };

async function take(stream: AsyncIterable<Event>, count: number): Promise<Event[]> {
  const events: Event[] = [];
  for await (const each of stream) if (events.push(each) === count) break;
  return events;
}

const lastIds = (server: { requests: { headers: Record<string, unknown> }[] }) =>
  server.requests.map((r) => r.headers['last-event-id']);

describe('the live stream', () => {
  test('gives typed events, filtered as asked', async () => {
    await using server = await serve(sendAndStay(1, 2));
    const stream = server.client().events.stream({ type: ['email.queued', 'email.sent'] });
    const [first, second] = await take(stream, 2);
    expectTypeOf(first).toEqualTypeOf<Event | undefined>();
    expect([first, second]).toEqual([event(1), event(2)]);
    expect(server.requests[0]).toMatchObject({
      url: '/api/v2/events/stream?type=email.queued&type=email.sent',
      headers: { accept: 'text/event-stream' },
    });
  });

  test('resumes behind the last event after a drop, after an end, and after a 503', async () => {
    const away = json(503, problem(503, 'unavailable', { retryable: true }));
    const end: Answer = (response) => open(response).end(block(3));
    await using server = await serve(sendAndBreak(1, 2), away, end, sendAndStay(4));
    expect(await take(server.client().events.stream(), 4)).toEqual([1, 2, 3, 4].map(event));
    expect(lastIds(server)).toEqual([undefined, event(2).id, event(2).id, event(3).id]);
  });

  test('ends where what answers is no stream of events, such as the web page of a wrong address', async () => {
    const page: Answer = (response) => response.writeHead(200, { 'content-type': 'text/html' }).end('<h1>Hello</h1>');
    await using server = await serve(page, page, page, staySilent);
    const error = await rejectionOf(take(server.client().events.stream({}, { timeout_ms: 5_000 }), 1));
    expect(isAPIError(error) && error.message).toContain('text/html; is baseUrl right?');
    expect(server.requests).toHaveLength(1);
  });

  test('starts behind an event of yours', async () => {
    await using server = await serve(sendAndStay(8));
    await take(server.client().events.stream({}, { lastEventId: event(7).id }), 1);
    expect(lastIds(server)).toEqual([event(7).id]);
  });

  test('keeps an id that came without an event, so that nothing is lost before the first one', async () => {
    const greet: Answer = (response) => open(response).end(`id: ${event(5).id}\n\n`);
    await using server = await serve(greet, sendAndStay(6));
    expect(await take(server.client().events.stream(), 1)).toEqual([event(6)]);
    expect(lastIds(server)).toEqual([undefined, event(5).id]);
  });

  test('takes silence for a dead connection, but not heartbeats', async () => {
    const beat: Answer = (response) => {
      open(response).write(block(1));
      const heart = setInterval(() => response.write(': beat\n\n'), 60);
      setTimeout(() => clearInterval(heart), 1_500);
    };
    await using server = await serve(beat, sendAndStay(2));
    const start = performance.now();
    expect(await take(server.client().events.stream({}, { timeout_ms: 1_000 }), 2)).toEqual([event(1), event(2)]);
    expect(performance.now() - start).toBeGreaterThan(1_500);
    expect(lastIds(server)).toEqual([undefined, event(1).id]);
  });

  test('does not take a slow consumer for a silent server', async () => {
    await using server = await serve(sendAndStay(1, 2));
    let count = 0;
    for await (const _ of server.client().events.stream({}, { timeout_ms: 700 })) {
      await new Promise((resolve) => setTimeout(resolve, 1_000));
      if (++count === 2) break;
    }
    expect(server.requests).toHaveLength(1);
  });

  test('closes its connection when the loop is left', async () => {
    const closed = Promise.withResolvers<void>();
    await using server = await serve((response, request, socket) => {
      socket.once('close', () => closed.resolve());
      sendAndStay(1)(response, request, socket);
    });
    await take(server.client().events.stream(), 1);
    await closed.promise;
    expect(server.requests).toHaveLength(1);
  });

  test.each<[string, Answer]>([
    ['while it waits for an event', sendAndStay(1)],
    ['while it waits for the connection', staySilent],
    [
      'while it waits to reconnect',
      json(503, problem(503, 'unavailable', { retryable: true }), { 'retry-after': '30' }),
    ],
  ])('throws an AbortError when it is aborted %s', async (_, answer) => {
    await using server = await serve(answer);
    const controller = new AbortController();
    const taking = rejectionOf(take(server.client().events.stream({}, { signal: controller.signal }), 2));
    await vi.waitFor(() => expect(server.requests).toHaveLength(1), { timeout: 20_000, interval: 5 });
    setTimeout(() => controller.abort(), 100);
    const error = await taking;
    expect(error).toMatchObject({ name: 'AbortError' });
    expect(server.requests).toHaveLength(1);
  });

  test('throws what cannot be mended by another try', async () => {
    await using server = await serve(sendAndBreak(1), json(401, problem(401, 'unauthenticated')));
    expect(await rejectionOf(take(server.client().events.stream(), 2))).toMatchObject({ code: 'unauthenticated' });
    expect(server.requests).toHaveLength(2);
  });

  test('throws rather than skip an event that is not JSON', async () => {
    const garble: Answer = (response) => {
      open(response).write(`${block(1)}id: ${event(2).id}\ndata: {oops\n\n`);
    };
    await using server = await serve(garble);
    const error = await rejectionOf(take(server.client().events.stream(), 2));
    expect(isKoltrixError(error) && error.cause).toBeInstanceOf(SyntaxError);
    expect(server.requests).toHaveLength(1);
  });

  test('gives up on a first connection that does not come about', async () => {
    const closed = await serve();
    await closed[Symbol.asyncDispose]();
    const stream = closed.client({ maxRetries: 2 }).events.stream();
    expect(await rejectionOf(take(stream, 1))).toBeInstanceOf(ConnectionError);
  });

  test('gives up on later ones only when told how often to try', async () => {
    await using server = await serve(sendAndBreak(1), (response) => open(response).end());
    const error = await rejectionOf(take(server.client().events.stream({}, { maxRetries: 2 }), 2));
    expect(error).toBeInstanceOf(ConnectionError);
    expect(server.requests).toHaveLength(3);
  });
});

describe('server-sent events', () => {
  async function read(text: string, size: number) {
    const bytes = new TextEncoder().encode(text);
    async function* chunks() {
      for (let at = 0; at < bytes.length; at += size) yield bytes.slice(at, at + size);
    }
    const events: unknown[] = [];
    for await (const each of serverSentEvents(chunks())) events.push(each);
    return events;
  }
  const text = '\uFEFF: hi\nid: 1\ndata: Grüße\ndata:two\n\n\n\nid:2\n\nfoo: x\nretry: 5\n\ndata\n\ndata: cut off';
  const expected = [
    { id: '1', data: 'Grüße\ntwo' },
    { id: '2', data: undefined },
    { id: undefined, data: '' },
  ];

  test.each([1, 2, 3, 5, 1000])('are read from chunks of %i bytes, with every kind of line end', async (size) => {
    expect(await read(text, size)).toEqual(expected);
    expect(await read(text.replaceAll('\n', '\r\n'), size)).toEqual(expected);
    expect(await read(text.replaceAll('\n', '\r'), size)).toEqual(expected);
  });
});
