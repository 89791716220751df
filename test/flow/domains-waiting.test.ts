import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { verifyDkim } from '../support/authenticate-mail.ts';
import { type Clock, givenClock } from '../support/clock.ts';
import { givenDirect, givenInternet, type Internet } from '../support/direct.ts';
import { givenKoltrix, type Installation } from '../support/koltrix.ts';
import { givenSendingDomain, publishRecords } from '../support/sending-domain.ts';
import type { Smarthost } from '../support/smarthost.ts';
import type { Tenant } from '../support/tenant.ts';
import { until } from '../support/until.ts';

const stack = new AsyncDisposableStack();
let clock: Clock;
let internet: Internet;
let koltrix: Installation;
let mx: Smarthost;
let acme: Tenant;
beforeAll(async () => {
  clock = givenClock();
  internet = stack.use(await givenInternet());
  koltrix = stack.use(await givenDirect(internet, { now: clock.now }));
  mx = await internet.mx({ domains: ['receiver.example'] });
  acme = await koltrix.tenant([]);
});
afterAll(() => stack.disposeAsync());

const HOUR_MS = 3_600_000;
const inDays = (days: number) => new Date(clock.now().getTime() + days * 24 * HOUR_MS).toISOString();

async function scheduled(domain: string, days: number): Promise<string> {
  const { id } = await acme.koltrix.emails.send({
    from: `hello@${domain}`,
    to: [`${domain.split('.')[0]}@receiver.example`],
    subject: 'Later',
    body_text: 'Later',
    scheduled_at: inDays(days),
  });
  return id;
}

const arrived = (domain: string) =>
  mx.received.filter(({ rcpt_to }) => rcpt_to === `${domain.split('.')[0]}@receiver.example`);

const eventsOf = (id: string) => Array.fromAsync(acme.koltrix.emails.listEvents(id));

/** The domain loses its record, and with time its standing. */
async function fails(id: string, record: string): Promise<void> {
  internet.dns.withdraw(record);
  for (const hours of [7, 73]) {
    clock.advance({ hours });
    koltrix.deps.hints.give('domains');
    await until(async () => {
      const { failing_since, status } = await acme.koltrix.domains.get(id);
      return failing_since !== null || status === 'failed';
    });
  }
  await until(async () => (await acme.koltrix.domains.get(id)).status === 'failed');
}

test('mail that waits while its domain is deleted fails, in words, and is not sent', async () => {
  const domain = await givenSendingDomain(acme, internet.dns, 'deleted.example');
  const id = await scheduled('deleted.example', 1);
  await acme.koltrix.domains.delete(domain.id);
  clock.advance({ hours: 25 });
  expect((await acme.settled(id)).status).toBe('failed');
  expect(await eventsOf(id)).toMatchObject([
    { type: 'email.scheduled' },
    { type: 'email.queued' },
    {
      type: 'email.failed',
      data: { failure: { reason: 'policy', diagnostic: expect.stringContaining('deleted.example is not') } },
    },
  ]);
  expect(await acme.koltrix.suppressions.get('deleted@receiver.example').catch(() => undefined)).toBeUndefined();
  expect(arrived('deleted.example')).toEqual([]);
});

describe('mail that waits while its domain fails', () => {
  test('is put off, and leaves signed once the domain is proven again', async () => {
    const domain = await givenSendingDomain(acme, internet.dns, 'lapsed.example');
    const id = await scheduled('lapsed.example', 5);
    await fails(domain.id, domain.records[0]?.name as string);
    clock.advance({ days: 2 });
    const [delayed] = await until(async () => {
      const events = (await eventsOf(id)).filter(({ type }) => type === 'email.delivery_delayed');
      return events.length > 0 && events;
    });
    expect(delayed).toMatchObject({
      data: { delay: { smtp_code: 451, diagnostic: expect.stringContaining('lapsed.example is not') } },
    });
    expect(arrived('lapsed.example')).toEqual([]);

    publishRecords(internet.dns, domain);
    await acme.koltrix.domains.verify(domain.id);
    clock.advance({ hours: 8 });
    koltrix.deps.hints.give('due');
    expect((await acme.settled(id)).status).toBe('delivered');
    const [mail] = arrived('lapsed.example');
    expect((await verifyDkim(internet.dns, mail?.message as Buffer)).map(({ result }) => result)).toEqual(['pass']);
  });

  test('is given up after the same tries as other mail, and never sent', async () => {
    const domain = await givenSendingDomain(acme, internet.dns, 'lost.example');
    const id = await scheduled('lost.example', 4);
    await fails(domain.id, domain.records[0]?.name as string);
    clock.advance({ days: 1 });
    await until(
      async () => {
        clock.advance({ hours: 10 });
        koltrix.deps.hints.give('due');
        return (await acme.koltrix.emails.get(id)).status === 'failed';
      },
      { timeout_ms: 60_000, every_ms: 200 },
    );
    expect((await eventsOf(id)).at(-1)).toMatchObject({
      type: 'email.failed',
      data: { failure: { reason: 'expired', diagnostic: expect.stringContaining('lost.example is not') } },
    });
    expect(arrived('lost.example')).toEqual([]);
  });
});

test('a domain that lost its record sends on, signed, while its days of grace last', async () => {
  const domain = await givenSendingDomain(acme, internet.dns, 'grace.example');
  const id = await scheduled('grace.example', 1);
  internet.dns.withdraw(domain.records[0]?.name as string);
  clock.advance({ hours: 25 });
  koltrix.deps.hints.give('domains');
  expect((await acme.settled(id)).status).toBe('delivered');
  expect(arrived('grace.example')[0]?.message.toString()).toMatch(/^DKIM-Signature: /);
});

test('mail that was captured for a domain that nobody has proven does not leave once delivery is direct', async () => {
  const given = await givenKoltrix({ env: { KOLTRIX_ROLES: 'api' }, now: clock.now });
  stack.use(given);
  const tenant = await given.tenant([]);
  const { id } = await tenant.koltrix.emails.send({
    from: 'hello@anybody.example',
    to: ['anybody@receiver.example'],
    subject: 'Hello',
    body_text: 'Hello',
  });
  stack.use(await givenDirect(internet, { database: given.database, now: clock.now }));
  expect((await tenant.settled(id)).status).toBe('failed');
  expect(arrived('anybody.example')).toEqual([]);
});
