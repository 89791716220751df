import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { rows } from '../support/database.ts';
import { givenKoltrix, type Installation } from '../support/koltrix.ts';
import { type Act, type Smarthost, type Stage, startSmarthost } from '../support/smarthost.ts';
import type { Tenant } from '../support/tenant.ts';
import { until } from '../support/until.ts';

const clock = { ahead_ms: 0 };
const now = () => new Date(Date.now() + clock.ahead_ms);
const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;

let smarthost: Smarthost;
let koltrix: Installation;
beforeAll(async () => {
  smarthost = await startSmarthost();
  koltrix = await givenKoltrix({ env: { KOLTRIX_DELIVERY: smarthost.url, KOLTRIX_SMTP_CONNECTIONS: '2' }, now });
});
afterAll(async () => {
  await smarthost[Symbol.asyncDispose]();
  await koltrix[Symbol.asyncDispose]();
});
afterEach(async () => {
  // What a test leaves in the queue must not turn up in the next one, nor the connections or a host that is away.
  await rows(
    koltrix.database.db,
    `update outbound_messages set status = 'canceled', due_at = null, leased_by = null where status = 'queued'`,
  );
  smarthost.behave = () => undefined;
  smarthost.received.splice(0);
  smarthost.hangUp();
  pass(HOUR_MS);
});

function pass(ms: number): void {
  clock.ahead_ms += ms;
  koltrix.deps.hints.give('due');
}

const when = (stage: Stage, act: Act | undefined) => {
  smarthost.behave = (step) => (step.stage === stage ? act : undefined);
};

async function send(tenant: Tenant, to = ['ada@example.test']): Promise<string> {
  const email = { from: 'hello@acme.example', to, subject: 'Hello', body_text: 'Hello' };
  return (await tenant.koltrix.emails.send(email)).id;
}

interface Attempt {
  number: number;
  outcome: string;
  smtp_code: number | null;
}

const attempts = (tenant: Tenant) =>
  rows<Attempt>(
    koltrix.database.db,
    `select a.number, a.outcome, a.smtp_code
       from attempts a join outbound_messages m on m.id = a.message_id where m.tenant_id = $1 order by m.id, a.number`,
    [tenant.id],
  );

const delays = async (tenant: Tenant) =>
  (await tenant.events('email.delivery_delayed')).flatMap((e) =>
    e.type === 'email.delivery_delayed' ? [e.data.delay] : [],
  );

/** The delay of that number, once it is there. */
const delayOf = (tenant: Tenant, number: number) => until(async () => (await delays(tenant))[number - 1]);

describe('a 4xx', () => {
  test('delays by 5 to 7 minutes, says so, and the next try under the same Message-ID succeeds', async () => {
    const acme = await koltrix.tenant();
    when('message', '451 4.7.1 Greylisted');
    const id = await send(acme);
    const delay = await delayOf(acme, 1);
    expect(delay).toMatchObject({ attempt: 1, class: 'block', smtp_code: 451, diagnostic: '451 4.7.1 Greylisted' });
    const wait_ms = Date.parse(delay.retry_at as string) - now().getTime();
    expect(wait_ms).toBeGreaterThan(4 * MINUTE_MS);
    expect(wait_ms).toBeLessThanOrEqual(7 * MINUTE_MS);
    expect((await acme.koltrix.emails.get(id)).messages[0]).toMatchObject({
      status: 'queued',
      attempts: 1,
      next_attempt_at: delay.retry_at,
      last_reply: { smtp_code: 451, enhanced_code: '4.7.1' },
    });
    when('message', undefined);
    pass(7 * MINUTE_MS);
    expect((await acme.settled(id)).status).toBe('sent');
    expect((await attempts(acme)).map((a) => [a.number, a.outcome])).toEqual([
      [1, 'deferred'],
      [2, 'accepted'],
    ]);
    const [first, second] = smarthost.received.map((m) => m.message.toString());
    expect(second).toBe(first);
    expect(await Array.fromAsync(acme.koltrix.suppressions.list())).toEqual([]);
  });

  test('is tried 16 times, and then the message has failed without a verdict on the address', async () => {
    const acme = await koltrix.tenant();
    when('RCPT', '450 4.2.1 Busy');
    const id = await send(acme);
    for (let tries = 1; tries < 16; tries++) {
      const { retry_at } = await delayOf(acme, tries);
      pass(Date.parse(retry_at as string) - now().getTime());
    }
    expect((await acme.settled(id)).status).toBe('failed');
    const [failed] = await acme.events('email.failed');
    expect(failed?.data).toMatchObject({ failure: { reason: 'expired', diagnostic: '450 4.2.1 Busy' } });
    expect((await attempts(acme)).map((a) => a.number)).toEqual(Array.from({ length: 16 }, (_, i) => i + 1));
    expect(await delays(acme)).toHaveLength(15);
    expect(await Array.fromAsync(acme.koltrix.suppressions.list())).toEqual([]);
  });

  test('of 421 in the middle closes the connection, and delays that message alone', async () => {
    const acme = await koltrix.tenant();
    smarthost.behave = ({ stage, recipient }) =>
      stage === 'RCPT' && recipient === 'ada@example.test' ? { say: '421 4.7.0 Slow down', and: 'close' } : undefined;
    const id = await send(acme, ['ada@example.test', 'bob@example.test']);
    expect(await delayOf(acme, 1)).toMatchObject({ smtp_code: 421 });
    const bob = await until(async () => (await acme.events('email.sent'))[0]);
    expect(bob.data).toMatchObject({ email_id: id, recipient: 'bob@example.test' });
    expect(await delays(acme)).toHaveLength(1);
  });

  test('does not keep the message from being canceled', async () => {
    const acme = await koltrix.tenant();
    when('RCPT', '450 4.2.1 Busy');
    const id = await send(acme);
    await delayOf(acme, 1);
    expect((await acme.koltrix.emails.cancel(id)).status).toBe('canceled');
    pass(HOUR_MS);
    when('RCPT', undefined);
    const marker = await send(acme, ['bob@example.test']);
    await acme.settled(marker);
    expect(smarthost.received.map((m) => m.rcpt_to)).toEqual(['bob@example.test']);
  });
});

describe('a connection that is lost after the final dot', () => {
  test('is on record as uncertain, and the message goes again under the same Message-ID', async () => {
    const acme = await koltrix.tenant();
    when('message', { and: 'close' });
    const id = await send(acme);
    expect(await delayOf(acme, 1)).toMatchObject({ attempt: 1, smtp_code: null });
    when('message', undefined);
    pass(7 * MINUTE_MS);
    expect((await acme.settled(id)).status).toBe('sent');
    expect((await attempts(acme)).map((a) => a.outcome)).toEqual(['uncertain', 'accepted']);
    const [first, second] = smarthost.received.map((m) => m.message.toString());
    expect(second).toBe(first);
  });
});

describe('a host that is not reached', () => {
  test('spends no try, is left alone for two minutes, and messages that wait leave no attempts', async () => {
    const acme = await koltrix.tenant();
    when('connect', '421 4.3.2 Not now');
    const first = await send(acme);
    const delay = await delayOf(acme, 1);
    expect(delay).toMatchObject({ class: 'soft', smtp_code: 421, diagnostic: expect.stringContaining('421 4.3.2') });
    const before = smarthost.connections;
    const later = await send(acme, ['bob@example.test', 'eve@example.test']);
    const postponed = await until(async () => {
      const { messages } = await acme.koltrix.emails.get(later);
      return messages.every((m) => Date.parse(m.next_attempt_at ?? '') > now().getTime() + MINUTE_MS) && messages;
    });
    expect(postponed).toMatchObject([
      { attempts: 0, last_reply: null },
      { attempts: 0, last_reply: null },
    ]);
    expect(smarthost.connections).toBe(before);
    expect(await delays(acme)).toHaveLength(1);
    expect(await attempts(acme)).toMatchObject([{ number: 1, outcome: 'unreachable' }]);
    const [{ tries }] = (await rows<{ tries: number }>(
      koltrix.database.db,
      'select sum(tries)::int as tries from outbound_messages where tenant_id = $1',
      [acme.id],
    )) as [{ tries: number }];
    expect(tries).toBe(0);
    when('connect', undefined);
    pass(3 * MINUTE_MS);
    expect((await acme.settled(first)).status).toBe('sent');
    expect((await acme.settled(later)).status).toBe('sent');
  });

  test('holds up nothing that goes elsewhere', async () => {
    const acme = await koltrix.tenant();
    when('connect', { and: 'close' });
    await send(acme);
    await delayOf(acme, 1);
    expect((await acme.settled(await send(acme, ['delivered@simulator.test']))).status).toBe('delivered');
  });

  test('is settled for each of many messages that wait for a connection at once', async () => {
    const acme = await koltrix.tenant();
    when('connect', { after_ms: 300, and: 'close' });
    const to = Array.from({ length: 40 }, (_, i) => `ada+${i}@example.test`);
    const id = await send(acme, to);
    await until(async () => {
      const { messages } = await acme.koltrix.emails.get(id);
      return messages.every((m) => Date.parse(m.next_attempt_at ?? '') > now().getTime() + MINUTE_MS);
    });
    when('connect', undefined);
    pass(3 * MINUTE_MS);
    expect((await acme.settled(id)).status).toBe('sent');
    expect(smarthost.received).toHaveLength(40);
  });

  test('is given up for a message after 48 hours', async () => {
    const acme = await koltrix.tenant();
    when('connect', { and: 'close' });
    const id = await send(acme);
    await delayOf(acme, 1);
    pass(47 * HOUR_MS);
    await delayOf(acme, 2);
    pass(HOUR_MS + 5 * MINUTE_MS);
    expect((await acme.settled(id)).status).toBe('failed');
    const [failed] = await acme.events('email.failed');
    expect(failed?.data).toMatchObject({ failure: { reason: 'expired' } });
    expect(await Array.fromAsync(acme.koltrix.suppressions.list())).toEqual([]);
  });
});
