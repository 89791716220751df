import type { Attempt } from 'koltrix';
import { describe, expect, test } from 'vitest';
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

function pass(ms: number): void {
  clock.ahead_ms += ms;
  koltrix.deps.hints.give('due');
}

let domains = 0;

/** A domain with two servers, of which the preferred one acts at these stages as told. */
async function given(
  acts: Partial<Record<Stage, Act>>,
): Promise<{ domain: string; first: Smarthost; second: Smarthost }> {
  const domain = `pair${++domains}.example`;
  const behave = ({ stage }: { stage: Stage }) => acts[stage];
  const first = await internet.mx({ names: [`mx1.${domain}`], behave });
  const second = await internet.mx({ names: [`mx2.${domain}`] });
  internet.dns.publish(domain, {
    MX: [
      { priority: 10, exchange: `mx1.${domain}` },
      { priority: 20, exchange: `mx2.${domain}` },
    ],
  });
  return { domain, first, second };
}

const attemptsOf = (id: string): Promise<Attempt[]> => Array.fromAsync(sender.koltrix.emails.listAttempts(id));

describe('the next server gets the mail, in the same try, when the preferred one', () => {
  test.each<[string, Partial<Record<Stage, Act>>]>([
    ['says later at the greeting', { connect: '421 4.3.2 Too busy' }],
    ['wants none of us', { connect: '554 5.7.1 No SMTP service here' }],
    ['hangs up without a word', { connect: { and: 'close' } }],
    ['says later at EHLO and HELO', { EHLO: '421 4.3.2 Later', HELO: '421 4.3.2 Later' }],
    ['hangs up after EHLO', { EHLO: { and: 'close' } }],
    ['speaks another protocol', { connect: 'HTTP/1.1 400 Bad Request' }],
  ])('%s', async (_name, acts) => {
    const { domain, first, second } = await given(acts);
    const id = await sender.send([`ada@${domain}`]);
    expect((await sender.settled(id)).status).toBe('delivered');
    expect(await attemptsOf(id)).toMatchObject([{ number: 1, host: `mx2.${domain}`, outcome: 'accepted' }]);
    expect([first.received.length, second.received.length]).toEqual([0, 1]);
    // Remembered for two minutes: the next message does not ask it again.
    const asked = first.connections;
    second.hangUp();
    await sender.settled(await sender.send([`bob@${domain}`]));
    expect(first.connections).toBe(asked);
  });
});

test('when all servers say later at the greeting, the mail waits, and no try is spent', async () => {
  const { domain, first, second } = await given({ connect: '421 4.3.2 Too busy' });
  second.behave = first.behave;
  const id = await sender.send([`ada@${domain}`]);
  const [attempt] = await until(async () => {
    const all = await attemptsOf(id);
    return all.length > 0 && all;
  });
  expect(attempt).toMatchObject({ outcome: 'unreachable', reply: { smtp_code: 421 } });
  for (const server of [first, second]) server.behave = () => undefined;
  pass(5 * MINUTE_MS);
  expect((await sender.settled(id)).status).toBe('delivered');
});

describe('the next server is not asked', () => {
  test.each<[string, Stage, Act]>([
    ['puts off the recipient', 'RCPT', '450 4.7.1 Greylisted, come back later'],
    ['puts off the sender', 'MAIL', '451 4.3.0 Later'],
    ['puts off the message', 'message', '451 4.3.0 Later'],
  ])('when the preferred one %s: it gets the mail at the next try', async (_name, stage, act) => {
    const { domain, first, second } = await given({ [stage]: act });
    const id = await sender.send([`ada@${domain}`]);
    await until(async () => (await attemptsOf(id)).length === 1);
    expect(second.connections).toBe(0);
    const before = first.received.length;
    first.behave = () => undefined;
    pass(8 * MINUTE_MS);
    expect((await sender.settled(id)).status).toBe('delivered');
    expect(await attemptsOf(id)).toMatchObject([
      { host: `mx1.${domain}`, outcome: 'deferred' },
      { host: `mx1.${domain}`, outcome: 'accepted' },
    ]);
    expect([first.received.length - before, second.connections]).toEqual([1, 0]);
  });

  test('when the preferred one refuses for good', async () => {
    const { domain, second } = await given({ RCPT: '550 5.1.1 No such user' });
    const id = await sender.send([`ada@${domain}`]);
    expect((await sender.settled(id)).status).toBe('bounced');
    expect(second.connections).toBe(0);
  });
});

test('mail whose servers are away for two days is given up, what was never tried itself too', async () => {
  const domain = 'away.example';
  internet.dns.publish(`mx.${domain}`, { A: [internet.nobody()] });
  internet.dns.publish(domain, { MX: [{ priority: 1, exchange: `mx.${domain}` }] });
  const ids = [await sender.send([`ada@${domain}`]), await sender.send([`bob@${domain}`, `eve@${domain}`])];
  await until(async () => (await Promise.all(ids.map(attemptsOf))).flat().length > 0);
  pass(49 * 60 * MINUTE_MS);
  for (const id of ids) {
    expect((await sender.settled(id)).status).toBe('failed');
    const failed = (await sender.events('email.failed')).filter((e) => e.data.email_id === id);
    for (const { data } of failed) expect(data).toMatchObject({ failure: { reason: 'expired' } });
    expect(await sender.koltrix.suppressions.get(`ada@${domain}`).catch(() => undefined)).toBeUndefined();
  }
});
