import { setTimeout as sleep } from 'node:timers/promises';
import { Koltrix } from 'koltrix';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { readId } from '../../server/store/ids.ts';
import { openStream } from '../support/event-stream.ts';
import { type EventSubject, givenSubject, givenWriter, loggedIds } from '../support/event-writer.ts';
import { givenKoltrix, type Installation } from '../support/koltrix.ts';
import type { Tenant } from '../support/tenant.ts';
import { until } from '../support/until.ts';

let koltrix: Installation;
beforeAll(async () => {
  koltrix = await givenKoltrix({ env: { KOLTRIX_ROLES: 'api' } });
});
afterAll(() => koltrix[Symbol.asyncDispose]());

const WRITERS = 6;
const TRANSACTIONS = 40;
const upTo = (limit: number) => Math.floor(Math.random() * limit);

/** Transactions that overlap those of the other writers, take their time, and sometimes come to nothing. */
async function writeMany(subject: EventSubject): Promise<number> {
  await using writer = await givenWriter(koltrix.database, subject);
  let committed = 0;
  for (let i = 0; i < TRANSACTIONS; i++) {
    const count = 1 + upTo(3);
    const isKept = Math.random() < 0.8;
    await writer.begin();
    await writer.write(count);
    await sleep(upTo(40));
    await writer.end(isKept ? 'commit' : 'rollback');
    if (!isKept) continue;
    committed += count;
    // Often, but not always: a hint may get lost.
    if (Math.random() < 0.7) koltrix.deps.hints.give(`events:${subject.tenant_id}`);
  }
  return committed;
}

/** A reader fills `seen` with event ids until it is told to stop. */
type Reader = (acme: Tenant, seen: string[], stop: AbortSignal) => Promise<void>;

const pages: Reader = async (acme, seen, stop) => {
  while (!stop.aborted) {
    const after = seen.at(-1);
    const query = `?limit=${1 + upTo(12)}${after ? `&after=${after}` : ''}`;
    const { data } = (await (await acme.fetch(`/events${query}`)).json()) as { data: { id: string }[] };
    seen.push(...data.map(({ id }) => id));
    await sleep(upTo(10));
  }
};

/** Reconnects behind the last event it has seen whenever it has been dropped: in the middle of whatever was coming. */
const droppedStream: Reader = async (acme, seen, stop) => {
  while (!stop.aborted) {
    using stream = await openStream(acme, { last_event_id: seen.at(-1) });
    const drop = setTimeout(() => stream[Symbol.dispose](), upTo(150));
    try {
      for await (const { data } of stream) if (data) seen.push(data.id);
    } catch {
      // The drop.
    } finally {
      clearTimeout(drop);
    }
  }
};

const steadyStream: Reader = async (acme, seen, stop) => {
  using stream = await openStream(acme, { last_event_id: seen.at(-1) });
  stop.addEventListener('abort', () => stream[Symbol.dispose]());
  try {
    for await (const { data } of stream) if (data) seen.push(data.id);
  } catch (error) {
    if (!stop.aborted) throw error;
  }
};

/** The SDK over a network that breaks off in the middle of answers. */
const brokenSdk: Reader = async (acme, seen, stop) => {
  const flaky: typeof fetch = async (input, init) => {
    const breakOff = new AbortController();
    const signal = AbortSignal.any([breakOff.signal, ...(init?.signal ? [init.signal] : [])]);
    setTimeout(() => breakOff.abort(new Error('the network')), 50 + upTo(300));
    return fetch(input, { ...init, signal });
  };
  const sdk = new Koltrix({ apiKey: acme.key, baseUrl: acme.url, fetch: flaky });
  try {
    for await (const event of sdk.events.stream({}, { signal: stop, lastEventId: seen.at(-1) })) seen.push(event.id);
  } catch (error) {
    if (!stop.aborted) throw error;
  }
};

test('every reader sees every committed event once, in one order, whoever commits late and whatever breaks', async () => {
  const [acme, umbrella] = [await koltrix.tenant(), await koltrix.tenant()];
  const [subject, elsewhere] = [await givenSubject(acme), await givenSubject(umbrella)];
  const [first] = await acme.events();
  const readers = [pages, pages, steadyStream, droppedStream, droppedStream, brokenSdk];
  const seen = readers.map(() => [first?.id as string]);
  const stop = new AbortController();
  const reading = Promise.all(readers.map((read, i) => read(acme, seen[i] as string[], stop.signal)));

  const counts = await Promise.all(
    Array.from({ length: WRITERS }, () => writeMany(subject)).concat(writeMany(elsewhere)),
  );
  const expected = counts.slice(0, WRITERS).reduce((sum, count) => sum + count, 1);
  await Promise.race([until(() => seen.every((ids) => ids.length >= expected), { timeout_ms: 60_000 }), reading]);
  // A doubled event would come late.
  await sleep(300);
  stop.abort();
  await reading;

  const log = await loggedIds(koltrix.database, acme.id);
  expect(log).toHaveLength(expected);
  for (const ids of seen) expect(ids.map((id) => readId('evt', id))).toEqual(log);
  const theirs = new Set(await loggedIds(koltrix.database, umbrella.id));
  expect(theirs.size).toBeGreaterThan(1);
  expect(log.filter((id) => theirs.has(id))).toEqual([]);
});

test('an event that was written first and committed last is neither skipped nor read before its turn', async () => {
  const acme = await koltrix.tenant();
  const subject = await givenSubject(acme);
  const [first] = await acme.events();
  await using early = await givenWriter(koltrix.database, subject);
  await using late = await givenWriter(koltrix.database, subject);
  await early.begin();
  await early.write();
  await late.begin();
  await late.write();
  await late.end('commit');
  using stream = await openStream(acme, { last_event_id: first?.id });
  expect((await acme.events()).map(({ id }) => id)).toEqual([first?.id]);
  await early.end('commit');
  const [, second, third] = await until(async () => {
    const events = await acme.events();
    return events.length === 3 && events;
  });
  expect([await stream.nextEvent(), await stream.nextEvent()]).toEqual([second, third]);
  expect([first, second, third].map((event) => readId('evt', event?.id as string))).toEqual(
    await loggedIds(koltrix.database, acme.id),
  );
});

test('a transaction that goes on for long does not keep the streams reading all the time', async () => {
  const acme = await koltrix.tenant();
  const subject = await givenSubject(acme);
  await using early = await givenWriter(koltrix.database, subject);
  await using late = await givenWriter(koltrix.database, subject);
  const looks_ms: number[] = [];
  const query = koltrix.deps.db.query;
  vi.spyOn(koltrix.deps.db, 'query').mockImplementation((statement) => {
    if (statement.name === 'events.read_feed') looks_ms.push(performance.now());
    return query(statement);
  });
  await early.begin();
  await early.write();
  await late.write();
  using stream = await openStream(acme);
  const pauses = () =>
    looks_ms
      .slice(-4)
      .map((at_ms, i, all) => at_ms - (all[i - 1] ?? at_ms))
      .slice(1);
  await until(() => pauses().length === 3 && pauses().every((pause_ms) => pause_ms > 200));
  await early.end('commit');
  const came = [await stream.nextEvent(), await stream.nextEvent()].map(({ id }) => readId('evt', id));
  expect(came).toEqual((await loggedIds(koltrix.database, acme.id)).slice(1));
});
