import type { Attempt } from 'koltrix';
import { afterEach, describe, expect, test } from 'vitest';
import { givenDirect, givenInternet, givenSender, type Internet, type Sender } from '../support/direct.ts';
import type { Installation } from '../support/koltrix.ts';
import type { Act, Smarthost, Stage } from '../support/smarthost.ts';
import { until } from '../support/until.ts';
import { givenWorld } from '../support/world.ts';

const clock = { ahead_ms: 0 };
const now = () => new Date(Date.now() + clock.ahead_ms);
const MINUTE_MS = 60_000;

let internet: Internet;
let koltrix: Installation;
let sender: Sender;
givenWorld(async (stack) => {
  internet = stack.use(await givenInternet());
  koltrix = stack.use(await givenDirect(internet, { now }));
  sender = await givenSender(koltrix, internet);
});
afterEach(() => pass(60 * MINUTE_MS));

function pass(ms: number): void {
  clock.ahead_ms += ms;
  koltrix.deps.hints.give('due');
}

const attemptsOf = (id: string): Promise<Attempt[]> => Array.fromAsync(sender.koltrix.emails.listAttempts(id));
const attempted = (id: string, count = 1) =>
  until(async () => {
    const all = await attemptsOf(id);
    return all.length >= count && all;
  });

let domains = 0;

/** A receiver of its own for one test, which acts at one stage as told. */
async function receiver(stage: Stage, act: Act): Promise<{ mx: Smarthost; domain: string }> {
  const domain = `receiver${++domains}.example`;
  const behave = (step: { stage: Stage }) => (step.stage === stage ? act : undefined);
  return { mx: await internet.mx({ domains: [domain], behave }), domain };
}

const WELL = () => undefined;

describe('a server that says later', () => {
  test.each<[string, Stage, Act, string]>([
    ['greylists', 'RCPT', '450 4.7.1 Greylisted, come back in 5 minutes', 'block'],
    ['has a full mailbox', 'RCPT', '452 4.2.2 Mailbox full', 'soft'],
    ['fails in many lines', 'message', '451-4.3.0 Something\n451-4.3.0 is wrong\n451 4.3.0 here', 'soft'],
    ['answers out of turn', 'RCPT', '503 5.5.1 Bad sequence', 'soft'],
    ['answers with a code that is none of its', 'RCPT', '354 Go on', 'soft'],
    ['shuts down in the middle', 'DATA', { say: '421 4.3.2 Shutting down', and: 'close' }, 'soft'],
  ])('since it %s gets the mail at the next try', async (_name, stage, act, reason) => {
    const { mx, domain } = await receiver(stage, act);
    const id = await sender.send([`ada@${domain}`]);
    expect(await attempted(id)).toMatchObject([{ outcome: 'deferred', host: `mx.${domain}` }]);
    const delayed = (await sender.events('email.delivery_delayed')).find((e) => e.data.email_id === id);
    expect(delayed?.data).toMatchObject({ delay: { class: reason, attempt: 1 } });
    mx.behave = WELL;
    pass(8 * MINUTE_MS);
    expect((await sender.settled(id)).status).toBe('delivered');
    expect((await attemptsOf(id)).map((a) => a.outcome)).toEqual(['deferred', 'accepted']);
  });
});

describe('a server that says no', () => {
  test.each<[string, Stage, Act, string]>([
    ['knows no such user', 'RCPT', '550 5.1.1 User unknown', 'hard'],
    ['says so in words alone', 'RCPT', '550 No such user here', 'hard'],
    ['blocks us', 'MAIL', '554 5.7.1 Your address is listed at Spamhaus', 'block'],
    ['refuses the content', 'message', '554-5.6.0 This message\n554 5.6.0 cannot be taken', 'unknown'],
    ['speaks in odd codes', 'RCPT', '599 Whatever', 'unknown'],
  ])('since it %s has bounced the mail', async (_name, stage, act, reason) => {
    const { domain } = await receiver(stage, act);
    const id = await sender.send([`ada@${domain}`]);
    expect((await sender.settled(id)).status).toBe('bounced');
    expect(await attemptsOf(id)).toMatchObject([{ outcome: 'refused' }]);
    expect(await sender.koltrix.suppressions.get(`ada@${domain}`)).toMatchObject({ reason });
  });
});

describe('a connection that is lost', () => {
  test('after the final dot is on record as uncertain, and the mail goes again under the same Message-ID', async () => {
    const { mx, domain } = await receiver('message', { and: 'close' });
    const id = await sender.send([`ada@${domain}`]);
    expect(await attempted(id)).toMatchObject([{ outcome: 'uncertain', reply: { smtp_code: null } }]);
    mx.behave = WELL;
    pass(8 * MINUTE_MS);
    expect((await sender.settled(id)).status).toBe('delivered');
    const ids = mx.received.map(({ message }) => /^Message-ID: (.*)$/im.exec(message.toString())?.[1]);
    expect(ids).toHaveLength(2);
    expect(new Set(ids).size).toBe(1);
  });

  test('in the middle of the content is uncertain too, for nobody knows what the server had', async () => {
    const { mx, domain } = await receiver('content', { and: 'close' });
    const id = await sender.send([`ada@${domain}`], { body_text: 'x'.repeat(200_000) });
    expect(await attempted(id)).toMatchObject([{ outcome: 'uncertain' }]);
    mx.behave = WELL;
    pass(8 * MINUTE_MS);
    expect((await sender.settled(id)).status).toBe('delivered');
  });

  test('at the greeting is the host’s affair: no try is spent, and others of its mail wait in silence', async () => {
    const { mx, domain } = await receiver('connect', { and: 'close' });
    const id = await sender.send([`ada@${domain}`]);
    expect(await attempted(id)).toMatchObject([{ outcome: 'unreachable' }]);
    const later = await sender.send([`bob@${domain}`]);
    await until(async () => {
      const [message] = (await sender.koltrix.emails.get(later)).messages;
      return Date.parse(message?.next_attempt_at ?? '') > now().getTime() + MINUTE_MS;
    });
    expect(await attemptsOf(later)).toEqual([]);
    const before = mx.connections;
    mx.behave = WELL;
    pass(4 * MINUTE_MS);
    for (const each of [id, later]) expect((await sender.settled(each)).status).toBe('delivered');
    expect(mx.connections).toBeGreaterThan(before);
  });
});

describe('a server that wears us out', () => {
  test('with an endless greeting is left after 64 KB', async () => {
    const { domain } = await receiver('connect', `${'220-Welcome to a very long story\n'.repeat(5_000)}220 The end`);
    const id = await sender.send([`ada@${domain}`]);
    const [attempt] = await attempted(id);
    expect(attempt).toMatchObject({ outcome: 'unreachable' });
    expect(attempt?.reply.text.length).toBeLessThanOrEqual(1_000);
  });

  test('with silence holds up nobody else', async () => {
    const { mx, domain } = await receiver('RCPT', { after: new Promise(() => {}) });
    const slow = await sender.send(Array.from({ length: 40 }, (_, i) => `ada${i}@${domain}`));
    await until(() => mx.commands.filter((c) => c.line.startsWith('RCPT')).length === 5);
    const other = await internet.mx({ domains: ['brisk.example'] });
    const quick = await sender.send(['ada@brisk.example']);
    expect((await sender.settled(quick)).status).toBe('delivered');
    expect(other.received).toHaveLength(1);
    expect(mx.most_open).toBe(5);
    expect((await sender.koltrix.emails.get(slow)).status).toBe('queued');
    mx.hangUp();
    await mx[Symbol.asyncDispose]();
  });

  test('with a reply full of control characters leaves one clean line', async () => {
    const { domain } = await receiver('RCPT', '550 5.1.1 No\u0000 \u001b[31m<script>\u0007 such user');
    const id = await sender.send([`ada@${domain}`]);
    await sender.settled(id);
    const [attempt] = await attemptsOf(id);
    expect(attempt?.reply.text).not.toMatch(/[\u0000-\u001f]/);
  });
});
