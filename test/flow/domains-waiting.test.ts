import { describe, expect, test } from 'vitest';
import { verifyDkim } from '../support/authenticate-mail.ts';
import { type Clock, givenClock } from '../support/clock.ts';
import { givenDirect, givenInternet, type Internet } from '../support/direct.ts';
import { givenKoltrix, type Installation } from '../support/koltrix.ts';
import { givenSendingDomain, publishRecords } from '../support/sending-domain.ts';
import type { Smarthost } from '../support/smarthost.ts';
import type { Tenant } from '../support/tenant.ts';
import { until } from '../support/until.ts';
import { givenWorld } from '../support/world.ts';

let clock: Clock;
let internet: Internet;
let koltrix: Installation;
let mx: Smarthost;
let acme: Tenant;
givenWorld(async (stack) => {
  clock = givenClock();
  internet = stack.use(await givenInternet());
  koltrix = stack.use(await givenDirect(internet, { now: clock.now }));
  mx = await internet.mx({ domains: ['receiver.example'] });
  acme = await koltrix.tenant([]);
});

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

const delayOf = (id: string) =>
  until(async () => (await eventsOf(id)).find(({ type }) => type === 'email.delivery_delayed'));

/** Mail that is sent now, and has arrived: whatever was let go before it has had its try. */
async function passing(domain: string): Promise<void> {
  await givenSendingDomain(acme, internet.dns, domain);
  const email = { from: `hello@${domain}`, to: ['ada@receiver.example'], subject: 'Now', body_text: 'Now' };
  await acme.settled((await acme.koltrix.emails.send(email)).id);
}

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
  test('is put off, and leaves signed at once when the domain is proven again', async () => {
    const domain = await givenSendingDomain(acme, internet.dns, 'lapsed.example');
    const id = await scheduled('lapsed.example', 4);
    await fails(domain.id, domain.records[0]?.name as string);
    clock.advance({ days: 1 });
    expect(await delayOf(id)).toMatchObject({
      data: { delay: { smtp_code: 451, diagnostic: expect.stringContaining('lapsed.example is not') } },
    });
    expect(arrived('lapsed.example')).toEqual([]);

    publishRecords(internet.dns, domain);
    await acme.koltrix.domains.verify(domain.id);
    expect((await acme.settled(id)).status).toBe('delivered');
    const [mail] = arrived('lapsed.example');
    expect((await verifyDkim(internet.dns, mail?.message as Buffer)).map(({ result }) => result)).toEqual(['pass']);
  });

  test('leaves at once when a domain of that name is made anew and proven, by the next look of the watch', async () => {
    const domain = await givenSendingDomain(acme, internet.dns, 'anew.example');
    const id = await scheduled('anew.example', 1);
    await acme.koltrix.domains.delete(domain.id);
    const next = await acme.koltrix.domains.create({ name: 'anew.example' });
    clock.advance({ hours: 25 });
    await delayOf(id);
    publishRecords(internet.dns, next);
    clock.advance({ seconds: 660 });
    koltrix.deps.hints.give('domains');
    expect((await acme.settled(id)).status).toBe('delivered');
  });

  test('waits on when another tenant proves the name, or the same tenant another name', async () => {
    const domain = await givenSendingDomain(acme, internet.dns, 'contested.example');
    const id = await scheduled('contested.example', 4);
    await fails(domain.id, domain.records[0]?.name as string);
    clock.advance({ days: 1 });
    await delayOf(id);
    await givenSendingDomain(await koltrix.tenant([]), internet.dns, 'contested.example');
    await passing('beacon1.example');
    expect(await Array.fromAsync(acme.koltrix.emails.listAttempts(id))).toHaveLength(1);
  });

  test('leaves though the worker believes yet that the domain is not proven', async () => {
    const domain = await givenSendingDomain(acme, internet.dns, 'believed.example');
    const id = await scheduled('believed.example', 4);
    await fails(domain.id, domain.records[0]?.name as string);
    clock.advance({ days: 1 });
    await delayOf(id);
    const { directory } = koltrix.deps;
    expect(await directory.find(acme.id, 'believed.example')).toMatchObject({ verified: false });
    publishRecords(internet.dns, domain);
    // A process whose hints reach nobody, as without Redis.
    await using alone = await givenDirect(internet, {
      database: koltrix.database,
      now: clock.now,
      env: { KOLTRIX_ROLES: 'api' },
    });
    await alone.sdk(acme.key).domains.verify(domain.id);
    expect((await acme.settled(id)).status).toBe('delivered');
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

test('mail that a receiver has put off is not hurried by a look that finds the domain proven', async () => {
  const domain = await givenSendingDomain(acme, internet.dns, 'patient.example');
  await internet.mx({
    domains: ['grey.example'],
    behave: ({ stage }) => (stage === 'RCPT' ? '451 4.7.0 patient.example is not welcome yet' : undefined),
  });
  const email = { from: 'hello@patient.example', to: ['ada@grey.example'], subject: 'Later', body_text: 'Later' };
  const { id } = await acme.koltrix.emails.send(email);
  await delayOf(id);
  expect(await acme.koltrix.domains.verify(domain.id)).toMatchObject({ status: 'verified' });
  await passing('beacon2.example');
  expect(await Array.fromAsync(acme.koltrix.emails.listAttempts(id))).toHaveLength(1);
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
  await using given = await givenKoltrix({ env: { KOLTRIX_ROLES: 'api' }, now: clock.now });
  const tenant = await given.tenant([]);
  const { id } = await tenant.koltrix.emails.send({
    from: 'hello@anybody.example',
    to: ['anybody@receiver.example'],
    subject: 'Hello',
    body_text: 'Hello',
  });
  await using _direct = await givenDirect(internet, { database: given.database, now: clock.now });
  expect((await tenant.settled(id)).status).toBe('failed');
  expect(arrived('anybody.example')).toEqual([]);
});
