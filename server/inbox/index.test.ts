import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { insertCaptured, purgeCaptured } from '../store/captured-messages.sql.ts';
import { newId, readId } from '../store/ids.ts';
import { handOver, startTestInbox, type TestInbox } from './inbox.test-support.ts';
import { getCaptured, getSource, type ListQuery, listCaptured } from './index.ts';

let world: TestInbox;
beforeAll(async () => {
  world = await startTestInbox();
});
afterAll(() => world[Symbol.asyncDispose]());

const all: ListQuery = {
  to: undefined,
  since: undefined,
  after: undefined,
  limit: 25,
  wait_s: 0,
  signal: new AbortController().signal,
};
const list = (tenant_id: string, query: Partial<ListQuery> = {}) =>
  listCaptured(world, tenant_id, { ...all, ...query });
const deliver = (envid: string, to: string, source?: string) =>
  handOver(world.inbox, { envid, to, ...(source !== undefined && { source }) });
const recipients = async (tenant_id: string, query: Partial<ListQuery> = {}) =>
  (await list(tenant_id, query)).messages.map(({ rcpt_to }) => rcpt_to);

/** Rows straight into the table, a second apart, oldest first. */
async function givenCaptured(sources: Buffer[]): Promise<{ tenant_id: string; ids: string[] }> {
  const { id: message_id, tenant_id } = await world.givenMessage();
  const rows = sources.map((source, n) => ({
    id: newId(),
    message_id,
    mail_from: '',
    rcpt_to: `r${n}@example.com`,
    source,
    received_at: new Date(Date.UTC(2026, 0, 1, 0, 0, n)),
    feedback: null,
  }));
  await insertCaptured(world.db, rows);
  return { tenant_id, ids: rows.map(({ id }) => id) };
}

describe('the list', () => {
  test('has the newest first', async () => {
    const { id, tenant_id } = await world.givenMessage();
    for (const to of ['first@example.com', 'second@example.com', 'third@example.com']) await deliver(id, to);
    expect(await recipients(tenant_id)).toEqual(['third@example.com', 'second@example.com', 'first@example.com']);
  });

  test('can be of one recipient, and of what came after a time', async () => {
    const { tenant_id } = await givenCaptured(Array.from({ length: 5 }, () => Buffer.from('a')));
    expect(await recipients(tenant_id, { to: 'r3@example.com' })).toEqual(['r3@example.com']);
    const since = new Date(Date.UTC(2026, 0, 1, 0, 0, 2));
    expect(await recipients(tenant_id, { since })).toEqual(['r4@example.com', 'r3@example.com']);
    expect(await recipients(tenant_id, { since, to: 'r2@example.com' })).toEqual([]);
  });

  test('is walked page by page, each message once', async () => {
    const { tenant_id, ids } = await givenCaptured(Array.from({ length: 5 }, () => Buffer.from('a')));
    const walked: (string | undefined)[] = [];
    let after: string | undefined;
    for (let pages = 0; pages < 5; pages++) {
      const { messages, next } = await list(tenant_id, { limit: 2, after });
      walked.push(...messages.map(({ id }) => readId('tm', id)));
      if (!next) break;
      after = next;
    }
    expect(walked).toEqual(ids.toReversed());
  });

  test('ends a page early rather than let it grow beyond all bounds', async () => {
    const { tenant_id } = await givenCaptured(Array.from({ length: 3 }, () => Buffer.alloc(7 * 1024 * 1024, 'a\r\n')));
    const first = await list(tenant_id);
    expect(first.messages).toHaveLength(2);
    const second = await list(tenant_id, { after: first.next ?? undefined });
    expect(second).toMatchObject({ messages: [{ rcpt_to: 'r0@example.com' }], next: null });
  });

  test('leaves out the contents of attachments, which a single message has', async () => {
    const source = 'Content-Type: text/csv\r\nContent-Disposition: attachment; filename=a.csv\r\n\r\n1,2\r\n';
    const { tenant_id, ids } = await givenCaptured([Buffer.from(source)]);
    const attachment = { filename: 'a.csv', content_type: 'text/csv', content_id: null, size_bytes: 5 };
    const [listed] = (await list(tenant_id)).messages;
    expect(listed).toMatchObject({ raw: source, size_bytes: source.length });
    expect(listed?.attachments).toEqual([{ ...attachment, content: null }]);
    const single = await getCaptured(world, tenant_id, ids[0] as string);
    expect(single?.attachments).toEqual([{ ...attachment, content: Buffer.from('1,2\r\n').toString('base64') }]);
  });
});

describe('waiting', () => {
  test('ends soon after a message has come', async () => {
    const { id, tenant_id } = await world.givenMessage();
    const waiting = recipients(tenant_id, { wait_s: 10, to: 'ada@example.com' });
    await sleep(100);
    await deliver(id, 'bob@example.com');
    await deliver(id, 'ada@example.com');
    const committed_ms = performance.now();
    expect(await waiting).toEqual(['ada@example.com']);
    expect(performance.now() - committed_ms).toBeLessThan(900);
  });

  test('is not needed when there is a match already', async () => {
    const { id, tenant_id } = await world.givenMessage();
    await deliver(id, 'ada@example.com');
    const signal = AbortSignal.timeout(5_000);
    expect(await recipients(tenant_id, { wait_s: 30, signal })).toEqual(['ada@example.com']);
    expect(signal.aborted).toBe(false);
  });

  test('finds what no hint told of', async () => {
    const { id, tenant_id } = await world.givenMessage();
    const deaf = { db: world.db, hints: { on: () => () => {} } };
    const waiting = listCaptured(deaf, tenant_id, { ...all, wait_s: 10 });
    await sleep(100);
    await deliver(id, 'ada@example.com');
    expect((await waiting).messages).toHaveLength(1);
  });

  test('ends with an empty page when the time is over', async () => {
    const { tenant_id } = await world.givenMessage();
    expect(await list(tenant_id, { wait_s: 1 })).toEqual({ messages: [], next: null });
  });

  test('ends when the client goes away', async () => {
    const { tenant_id } = await world.givenMessage();
    const client = new AbortController();
    setTimeout(() => client.abort(), 100);
    expect(await list(tenant_id, { wait_s: 30, signal: client.signal })).toEqual({ messages: [], next: null });
  });
});

describe('another tenant', () => {
  test('sees nothing, by no way', async () => {
    const { tenant_id, ids } = await givenCaptured([Buffer.from('a'), Buffer.from('b')]);
    const { id, tenant_id: other } = await world.givenMessage();
    await deliver(id, 'r0@example.com');
    const secret = ids[0] as string;
    expect(await recipients(other)).toEqual(['r0@example.com']);
    expect(await recipients(other, { after: ids[1] })).toEqual([]);
    expect(await getCaptured(world, other, secret)).toBeUndefined();
    expect(await getSource(world, other, secret)).toBeUndefined();
    expect(await getSource(world, tenant_id, secret)).toEqual(Buffer.from('a'));
  });

  test('is not woken into seeing a message while it waits', async () => {
    const { id } = await world.givenMessage();
    const { tenant_id: other } = await world.givenMessage();
    const waiting = list(other, { wait_s: 1, to: 'ada@example.com' });
    await deliver(id, 'ada@example.com');
    expect(await waiting).toEqual({ messages: [], next: null });
  });
});

test('purging deletes what is old and keeps what is not', async () => {
  const { tenant_id, ids } = await givenCaptured(Array.from({ length: 1_500 }, () => Buffer.from('a')));
  await purgeCaptured(world.db, new Date(Date.UTC(2026, 0, 1, 0, 0, 1_200)));
  expect(await getCaptured(world, tenant_id, ids[1_199] as string)).toBeUndefined();
  expect(await list(tenant_id, { limit: 100, after: ids[1_199] })).toEqual({ messages: [], next: null });
  expect((await list(tenant_id, { limit: 100, after: ids[1_210] })).messages).toHaveLength(10);
});
