import { once } from 'node:events';
import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { Koltrix } from 'koltrix';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { readId } from '../../server/store/ids.ts';
import { rows } from '../support/database.ts';
import { type OpenStream, openStream } from '../support/event-stream.ts';
import { givenSubject, givenWriter } from '../support/event-writer.ts';
import { serverTest } from '../support/host.ts';
import { givenKoltrix, type Installation } from '../support/koltrix.ts';
import type { Tenant } from '../support/tenant.ts';
import { until } from '../support/until.ts';

let koltrix: Installation;
let quiet: OpenStream;
let silence_ms: Promise<number>;
beforeAll(async () => {
  koltrix = await givenKoltrix({ env: { KOLTRIX_ROLES: 'api' } });
  quiet = await openStream(await koltrix.tenant());
  silence_ms = untilHeartbeat(quiet);
});
afterAll(async () => {
  quiet[Symbol.dispose]();
  await koltrix[Symbol.asyncDispose]();
});

/** How long the stream said nothing after its first block. */
async function untilHeartbeat(stream: OpenStream): Promise<number> {
  expect((await stream.next()).comment).toBe('connected');
  const since_ms = Date.now();
  expect(await stream.next()).toMatchObject({ comment: 'heartbeat', data: undefined });
  return Date.now() - since_ms;
}

const send = ({ koltrix }: Pick<Tenant, 'koltrix'>, subject = 'Hello') =>
  koltrix.emails.send({ from: 'hello@acme.example', to: ['ada@example.test'], subject, body_text: 'Hi' });

test('begins with the place it starts at, and shows nothing that lies before', async () => {
  const acme = await koltrix.tenant();
  await send(acme, 'Before');
  const [before] = await acme.events();
  using stream = await openStream(acme);
  expect(stream.response.headers.get('content-type')).toBe('text/event-stream; charset=utf-8');
  expect(stream.response.headers.get('cache-control')).toBe('no-store');
  expect(await stream.next()).toEqual({
    id: before?.id,
    comment: 'connected',
    retry: '1000',
    event: undefined,
    data: undefined,
  });
  await send(acme, 'After');
  const block = await stream.next();
  const [, after] = await acme.events();
  expect(block).toMatchObject({ id: after?.id, event: 'email.queued', data: after });
});

serverTest('begins at the present also where the numbers of transactions have gained a digit', async () => {
  const acme = await koltrix.tenant();
  for (const subject of ['Long ago', 'Just now']) await send(acme, subject);
  const [old, last] = await acme.events();
  for (const [xact_id, event] of [
    ['99', old],
    ['100', last],
  ] as const) {
    await rows(koltrix.database.db, 'update events set xact_id = $1::xid8 where id = $2', [
      xact_id,
      readId('evt', event?.id as string),
    ]);
  }
  using stream = await openStream(acme);
  expect((await stream.next()).id).toBe(last?.id);
});

// A mock has no keys to revoke in mid-stream.
serverTest('ends when its key is revoked, before it shows anything else', async () => {
  const acme = await koltrix.tenant();
  const { id, key } = await acme.koltrix.apiKeys.create({ name: 'of somebody who leaves', scope: 'read' });
  using stream = await openStream({ fetch: (path, init) => acme.fetch(path, { ...init, key }) });
  await send(acme, 'For all');
  expect((await stream.nextEvent()).data.subject).toBe('For all');
  await acme.koltrix.apiKeys.revoke(id);
  await send(acme, 'Not for him');
  await expect(stream.nextEvent()).rejects.toThrow('the stream has ended');
});

test('names a place to resume at even while the log is empty', async () => {
  const acme = await koltrix.tenant();
  const stream = await openStream(acme);
  const { id } = await stream.next();
  stream[Symbol.dispose]();
  await send(acme, 'While nobody listened');
  using resumed = await openStream(acme, { last_event_id: id });
  expect((await resumed.nextEvent()).data.subject).toBe('While nobody listened');
});

test('of the SDK misses nothing when the first connection breaks off before the first event', async () => {
  const acme = await koltrix.tenant();
  const broken = Promise.withResolvers<void>();
  let connections = 0;
  const sdk = new Koltrix({
    apiKey: acme.key,
    baseUrl: acme.url,
    async fetch(input, init) {
      const response = await fetch(input, init);
      if (connections++) return response;
      return new Response(response.body?.pipeThrough(endingAfterOneChunk(broken.resolve)) ?? null, response);
    },
  });
  const events = sdk.events.stream();
  const first = events.next();
  await broken.promise;
  await send(acme, 'In the gap');
  expect((await first).value).toMatchObject({ data: { subject: 'In the gap' } });
  await send(acme, 'And then');
  expect((await events.next()).value).toMatchObject({ data: { subject: 'And then' } });
  await events.return();
});

function endingAfterOneChunk(onEnd: () => void): TransformStream<Uint8Array, Uint8Array> {
  return new TransformStream({
    transform(chunk, controller) {
      controller.enqueue(chunk);
      controller.terminate();
      onEnd();
    },
  });
}

test('shows only the types that were asked for', async () => {
  const acme = await koltrix.tenant();
  await acme.suppress('ada@example.test');
  using stream = await openStream(acme, { query: '?type=email.suppressed&type=email.canceled' });
  await acme.koltrix.emails.send({
    from: 'hello@acme.example',
    to: ['bob@example.test', 'ada@example.test'],
    subject: 'Both',
    body_text: 'Hi',
  });
  expect((await stream.nextEvent()).type).toBe('email.suppressed');
  const { id } = await send(acme, 'None');
  await expect(acme.koltrix.emails.cancel(id)).rejects.toMatchObject({ code: 'invalid-state' });
  const [email] = await Array.fromAsync(acme.koltrix.emails.list({ recipient: 'bob@example.test' }));
  await acme.koltrix.emails.cancel(email?.id as string);
  expect((await stream.nextEvent()).type).toBe('email.suppressed');
  expect((await stream.nextEvent()).type).toBe('email.canceled');
});

test('never shows another tenant’s events', async () => {
  const [acme, umbrella] = [await koltrix.tenant(), await koltrix.tenant()];
  using stream = await openStream(acme);
  await send(umbrella, 'Theirs');
  await send(acme, 'Ours');
  expect((await stream.nextEvent()).data.subject).toBe('Ours');
});

test.each(['evt_01k9zq7d8ye2wbn5w0c8v7x3mc', 'em_01k9zq7d8ye2wbn5w0c8v7x3mc', 'yesterday'])(
  'refuses to resume behind %s',
  async (last_event_id) => {
    const acme = await koltrix.tenant();
    using stream = await openStream(acme, { last_event_id });
    expect(stream.response.status).toBe(400);
    expect(stream.response.headers.get('content-type')).toMatch(/^application\/problem\+json/);
    const problem = (await stream.response.json()) as { errors: { pointer: string }[] };
    expect(problem).toMatchObject({ code: 'invalid-request' });
    expect(problem.errors[0]?.pointer).toMatch(/^last-event-id:$/i);
  },
);

test('refuses to resume behind another tenant’s event', async () => {
  const [acme, umbrella] = [await koltrix.tenant(), await koltrix.tenant()];
  await send(umbrella);
  const [theirs] = await umbrella.events();
  using stream = await openStream(acme, { last_event_id: theirs?.id });
  expect(stream.response.status).toBe(400);
});

test('shows what is committed soon afterwards', async () => {
  const acme = await koltrix.tenant();
  using stream = await openStream(acme);
  await stream.next();
  const medianOf = async (count: number) => {
    const delays_ms: number[] = [];
    for (let i = 0; i < count; i++) {
      await send(acme);
      const committed_ms = performance.now();
      await stream.nextEvent();
      delays_ms.push(performance.now() - committed_ms);
    }
    return delays_ms.sort((a, b) => a - b)[Math.floor(count / 2)] as number;
  };
  // By polls alone it would be half a second. The machine may be busy with something else for a moment.
  let median_ms = Number.POSITIVE_INFINITY;
  for (let series = 0; series < 4 && median_ms >= 250; series++) median_ms = await medianOf(30);
  expect(median_ms).toBeLessThan(250);
});

/** Bytes, without garbage. */
function heapInUse(): number {
  setFlagsFromString('--expose-gc');
  (runInNewContext('gc') as () => void)();
  return process.memoryUsage().heapUsed;
}

// Of a mock in the same process nobody asks that.
serverTest('waits for a reader that does not read, holds little for him, and then gives him all', async () => {
  const acme = await koltrix.tenant();
  const subject = await givenSubject(acme, { padding: 'x'.repeat(15_000) });
  const [first] = await acme.events();
  const { hostname, port } = new URL(acme.url);
  const socket = connect(Number(port), hostname).pause();
  await once(socket, 'connect');
  socket.write(
    `GET /api/v2/events/stream HTTP/1.1\r\nHost: ${hostname}\r\nAuthorization: Bearer ${acme.key}\r\n` +
      `Last-Event-ID: ${first?.id}\r\n\r\n`,
  );
  const before_bytes = heapInUse();
  await using writer = await givenWriter(koltrix.database, subject);
  const events = 4_000;
  await writer.write(events);
  await sleep(1_500);
  // 60 MB are waiting for him.
  expect(heapInUse() - before_bytes).toBeLessThan(20_000_000);
  expect((await acme.fetch('/events?limit=1')).status).toBe(200);
  let seen = 0;
  let rest = '';
  socket.on('data', (chunk) => {
    const lines = (rest + chunk.toString('latin1')).split('\n');
    rest = lines.pop() ?? '';
    seen += lines.filter((line) => line.startsWith('id: evt_') && !line.includes(first?.id as string)).length;
  });
  socket.resume();
  await until(() => seen >= events);
  socket.destroy();
  expect(seen).toBe(events);
});

test('says something every fifteen seconds when there is nothing to say', async () => {
  expect(await silence_ms).toBeGreaterThan(14_000);
  expect(await silence_ms).toBeLessThan(29_000);
});
