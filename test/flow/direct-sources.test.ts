import { afterEach, describe, expect, test } from 'vitest';
import { showId } from '../../server/store/ids.ts';
import { givenDirect, givenInternet, givenSender, type Internet, type Sender } from '../support/direct.ts';
import type { Installation } from '../support/koltrix.ts';
import { until } from '../support/until.ts';

let stack = new AsyncDisposableStack();
afterEach(async () => {
  await stack.disposeAsync();
  stack = new AsyncDisposableStack();
});

const [FIRST, SECOND, BULK] = ['127.88.0.1', '127.88.0.2', '127.88.0.3'];

interface World {
  internet: Internet;
  koltrix: Installation;
  sender: Sender;
  clock: { ahead_ms: number };
  /** Puts the clock forward and has the worker look. */
  pass(by: { minutes?: number; days?: number }): void;
}

async function given(env: Record<string, string>, start = Date.now()): Promise<World> {
  const clock = { ahead_ms: start - Date.now() };
  const internet = stack.use(await givenInternet());
  const now = () => new Date(Date.now() + clock.ahead_ms);
  const koltrix = stack.use(await givenDirect(internet, { env, now }));
  return {
    internet,
    koltrix,
    clock,
    sender: await givenSender(koltrix, internet),
    pass({ minutes = 0, days = 0 }) {
      clock.ahead_ms += (days * 1_440 + minutes) * 60_000;
      koltrix.deps.hints.give('due');
    },
  };
}

const sourceOf = async (sender: Sender, id: string) => {
  await sender.settled(id);
  const all = await Array.fromAsync(sender.koltrix.emails.listAttempts(id));
  return all.at(-1)?.source_address;
};

describe('mail leaves', () => {
  test('from the address of its class, which says its own name', async () => {
    const { internet, sender } = await given({
      KOLTRIX_SOURCE_ADDRESSES: `${FIRST}=one.koltrix.test, ${BULK}=bulk.koltrix.test@bulk`,
    });
    const mx = await internet.mx({ domains: ['there.example'] });
    expect(await sourceOf(sender, await sender.send(['ada@there.example']))).toBe(FIRST);
    expect(await sourceOf(sender, await sender.send(['ada@there.example'], { bulk: true }))).toBe(BULK);
    expect(mx.commands.filter((c) => c.line.startsWith('EHLO')).map((c) => c.line)).toEqual([
      'EHLO one.koltrix.test',
      'EHLO bulk.koltrix.test',
    ]);
  });

  test('from the tenant’s own address, and nobody else’s does', async () => {
    const first = await given({ KOLTRIX_SOURCE_ADDRESSES: FIRST });
    const { internet, sender, koltrix } = first;
    const mx = await internet.mx({ domains: ['there.example'] });
    await koltrix.stopWorker();
    const other = await givenSender(koltrix, internet);
    const env = {
      ...internet.env,
      KOLTRIX_ROLES: 'api,worker',
      KOLTRIX_SOURCE_ADDRESSES: `${FIRST},${SECOND}@${showId('ten', sender.id)}`,
    };
    stack.use(await givenDirect(internet, { env, database: koltrix.database }));
    expect(await sourceOf(sender, await sender.send(['ada@there.example']))).toBe(SECOND);
    expect(await sourceOf(other, await other.send(['ada@there.example']))).toBe(FIRST);
    expect(mx.received).toHaveLength(2);
  });

  test('a second time from the same address, when it was greylisted', async () => {
    const { internet, sender, pass } = await given({ KOLTRIX_SOURCE_ADDRESSES: `${FIRST},${SECOND}` });
    const seen = new Set<string>();
    const mx = await internet.mx({
      domains: ['grey.example'],
      behave: ({ stage, recipient }) => {
        if (stage !== 'RCPT' || seen.has(recipient)) return undefined;
        seen.add(recipient);
        return '450 4.7.1 Greylisted';
      },
    });
    const ids = await Promise.all(Array.from({ length: 12 }, (_, i) => sender.send([`ada${i}@grey.example`])));
    await until(() => seen.size === 12);
    const attemptsOf = (id: string) => Array.fromAsync(sender.koltrix.emails.listAttempts(id));
    for (const id of ids) await until(async () => (await attemptsOf(id)).length === 1);
    pass({ minutes: 8 });
    const sources = [];
    for (const id of ids) {
      await sender.settled(id);
      const [first, second] = await attemptsOf(id);
      expect(second?.source_address).toBe(first?.source_address);
      sources.push(first?.source_address);
    }
    expect(new Set(sources)).toEqual(new Set([FIRST, SECOND]));
    expect(mx.received).toHaveLength(12);
  });

  test('not at all, but without blame for the receiver, where the address is not this machine’s', async () => {
    const { internet, sender } = await given({ KOLTRIX_SOURCE_ADDRESSES: '203.0.113.250' });
    await internet.mx({ domains: ['there.example'] });
    const id = await sender.send(['ada@there.example']);
    const [attempt] = await until(async () => {
      const all = await Array.fromAsync(sender.koltrix.emails.listAttempts(id));
      return all.length > 0 && all;
    });
    expect(attempt).toMatchObject({
      outcome: 'unreachable',
      reply: { text: expect.stringContaining('EADDRNOTAVAIL') },
    });
  });
});

describe('warm-up', () => {
  test('sends so many a day from an address to a receiver, keeps the others for the next, and fails none', async () => {
    const noon = Date.parse('2026-11-22T12:00:00Z');
    const { internet, koltrix, sender, pass } = await given(
      { KOLTRIX_WARM_UP: '3,5', KOLTRIX_SOURCE_ADDRESSES: FIRST },
      noon,
    );
    const mx = await internet.mx({ domains: ['slow.example'] });
    const other = await internet.mx({ domains: ['other.example'] });
    const id = await sender.send(Array.from({ length: 12 }, (_, i) => `ada${i}@slow.example`));
    const waiting = async () => {
      const { messages } = await sender.koltrix.emails.get(id);
      return messages.filter((m) => m.status === 'queued');
    };
    const restAt = (left: number, day: string) =>
      until(async () => {
        const rest = await waiting();
        return rest.length === left && rest.every((m) => m.next_attempt_at?.startsWith(day)) && rest;
      });
    expect(await restAt(9, '2026-11-23T00')).toHaveLength(9);
    expect(mx.received).toHaveLength(3);
    // Another receiver has a day of its own.
    expect(await sourceOf(sender, await sender.send(['ada@other.example']))).toBe(FIRST);
    expect(other.received).toHaveLength(1);
    // The count is in the database, so a restart does not forget it.
    await koltrix.stopWorker();
    await koltrix.startWorker();
    await sender.send(['late@slow.example']);
    await restAt(9, '2026-11-23T00');
    expect(mx.received).toHaveLength(3);
    pass({ days: 1 });
    await until(() => mx.received.length === 8);
    await restAt(12 - mx.received.filter((m) => m.rcpt_to !== 'late@slow.example').length, '2026-11-24T00');
    pass({ days: 1 });
    expect((await sender.settled(id)).status).toBe('delivered');
    // A message that was under way when the clock was put forward may have gone twice.
    expect(new Set(mx.received.map((m) => m.rcpt_to)).size).toBe(13);
    expect(await sender.events('email.failed')).toEqual([]);
  });

  test('does not count what was not taken', async () => {
    const { internet, sender } = await given(
      { KOLTRIX_WARM_UP: '2', KOLTRIX_SOURCE_ADDRESSES: FIRST },
      Date.parse('2026-11-22T12:00:00Z'),
    );
    let refused = 0;
    const mx = await internet.mx({
      domains: ['picky.example'],
      behave({ stage }) {
        if (stage !== 'RCPT' || refused === 5) return undefined;
        refused++;
        return '550 5.1.1 No such user';
      },
    });
    for (let i = 0; i < 5; i++) await sender.settled(await sender.send([`gone${i}@picky.example`]));
    for (let i = 0; i < 2; i++) await sender.settled(await sender.send([`ada${i}@picky.example`]));
    expect(mx.received).toHaveLength(2);
  });

  test('holds over two workers at once', { timeout: 120_000 }, async () => {
    const env = { KOLTRIX_WARM_UP: '7,100' };
    const { internet, koltrix, sender, clock, pass } = await given(env, Date.parse('2026-11-22T12:00:00Z'));
    const now = () => new Date(Date.now() + clock.ahead_ms);
    const second = stack.use(await givenDirect(internet, { env, now, database: koltrix.database }));
    const mx = await internet.mx({ domains: ['both.example'] });
    const ids = await Promise.all(Array.from({ length: 40 }, (_, i) => sender.send([`ada${i}@both.example`])));
    const queued = async () => (await Promise.all(ids.map((id) => sender.koltrix.emails.get(id)))).map((e) => e.status);
    await until(async () => (await queued()).filter((status) => status === 'delivered').length >= 7);
    await until(async () => {
      second.deps.hints.give('due');
      const emails = await Promise.all(ids.map((id) => sender.koltrix.emails.get(id)));
      const waiting = emails.flatMap(({ messages }) => messages).filter(({ status }) => status === 'queued');
      return waiting.every(({ next_attempt_at }) => next_attempt_at?.startsWith('2026-11-23T00'));
    });
    expect(mx.received).toHaveLength(7);
    pass({ days: 1 });
    await until(async () => (await queued()).every((status) => status === 'delivered'));
  });

  test('takes nothing from the two days that mail is tried, however long it has waited', {
    timeout: 120_000,
  }, async () => {
    const { internet, sender, pass } = await given({ KOLTRIX_WARM_UP: '1,1,1,1' }, Date.parse('2026-11-22T12:00:00Z'));
    const mx = await internet.mx({ domains: ['slow.example'] });
    const ids: string[] = [];
    for (let i = 0; i < 4; i++) ids.push(await sender.send([`ada${i}@slow.example`]));
    let last = '';
    for (let day = 1; day <= 3; day++) {
      await until(() => mx.received.length === day);
      const left = 4 - day;
      await until(async () => {
        const emails = await Promise.all(ids.map((id) => sender.koltrix.emails.get(id)));
        const queued = emails.filter(({ status }) => status === 'queued');
        last = queued.at(-1)?.id ?? '';
        const waiting = queued.flatMap(({ messages }) => messages);
        return waiting.length === left && waiting.every((m) => m.next_attempt_at?.startsWith(`2026-11-${22 + day}T00`));
      });
      if (day === 3) {
        mx.behave = ({ stage }) => (stage === 'connect' ? { and: 'close' } : undefined);
        mx.hangUp();
      }
      pass({ days: 1 });
    }
    const attempts = () => Array.fromAsync(sender.koltrix.emails.listAttempts(last));
    const [attempt] = await until(async () => (await attempts()).length > 0 && attempts());
    expect(attempt).toMatchObject({ outcome: 'unreachable' });
    expect((await sender.koltrix.emails.get(last)).status).toBe('queued');
    mx.behave = () => undefined;
    pass({ minutes: 5 });
    expect((await sender.settled(last)).status).toBe('delivered');
  });
});
