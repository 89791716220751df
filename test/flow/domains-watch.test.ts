import type { Domain } from 'koltrix';
import { describe, expect, test } from 'vitest';
import { verifyDkim } from '../support/authenticate-mail.ts';
import { type Clock, givenClock } from '../support/clock.ts';
import { rows } from '../support/database.ts';
import { type FakeDns, givenDns } from '../support/dns.ts';
import { givenKoltrix, type Installation } from '../support/koltrix.ts';
import { refused } from '../support/refused.ts';
import { givenSendingDomain, publishRecords } from '../support/sending-domain.ts';
import { type Smarthost, startSmarthost } from '../support/smarthost.ts';
import type { Tenant } from '../support/tenant.ts';
import { until } from '../support/until.ts';
import { givenWorld } from '../support/world.ts';

let clock: Clock;
let dns: FakeDns;
let smarthost: Smarthost;
let koltrix: Installation;
givenWorld(async (stack) => {
  clock = givenClock();
  dns = stack.use(await givenDns());
  smarthost = stack.use(await startSmarthost());
  koltrix = stack.use(
    await givenKoltrix({
      env: { KOLTRIX_DNS_SERVERS: dns.server, KOLTRIX_DELIVERY: smarthost.url },
      now: clock.now,
    }),
  );
});

const mail = (domain: string) => ({
  from: `hello@${domain}`,
  to: ['ada@example.test'],
  subject: 'Hello',
  body_text: 'Hi',
});

/** Lets time pass and the worker look by itself; answers the domain once it is as expected. */
async function afterwards(
  tenant: Tenant,
  { id }: Domain,
  time: Parameters<Clock['advance']>[0],
  isAsExpected: (domain: Domain) => boolean,
): Promise<Domain> {
  clock.advance(time);
  koltrix.deps.hints.give('domains');
  return until(async () => {
    const domain = await tenant.koltrix.domains.get(id);
    return isAsExpected(domain) ? domain : undefined;
  });
}

/** The selectors of the valid signatures on a mail that is sent now. */
async function signedBy(tenant: Tenant, domain: string): Promise<string[]> {
  const before = smarthost.received.length;
  await tenant.koltrix.emails.send(mail(domain));
  const copy = await until(() => smarthost.received[before]);
  return (await verifyDkim(dns, copy.message))
    .filter(({ result }) => result === 'pass')
    .map(({ selector }) => selector);
}

describe('in the background', () => {
  test('a domain becomes verified by itself once its record is published', async () => {
    const acme = await koltrix.tenant([]);
    const created = await acme.koltrix.domains.create({ name: 'patient.example' });
    const empty = await afterwards(acme, created, { seconds: 61 }, ({ checked_at }) => checked_at !== null);
    expect(empty).toMatchObject({ status: 'pending' });
    expect(await refused(acme.koltrix.emails.send(mail('patient.example')))).toBe('domain-not-verified');
    publishRecords(dns, created);
    await afterwards(acme, created, { seconds: 61 }, ({ status }) => status === 'verified');
    expect(await signedBy(acme, 'patient.example')).toHaveLength(1);
  });

  test('a domain that is never proven fails after three days, and is taken up when the proof comes late', async () => {
    const acme = await koltrix.tenant([]);
    const created = await acme.koltrix.domains.create({ name: 'late.example' });
    await afterwards(acme, created, { hours: 73 }, ({ status }) => status === 'failed');
    publishRecords(dns, created);
    await afterwards(acme, created, { hours: 25 }, ({ status }) => status === 'verified');
  });

  test('a record that disappears is noticed; the domain sends on for three days, and then no more', async () => {
    const acme = await koltrix.tenant([]);
    const domain = await givenSendingDomain(acme, dns, 'lost.example');
    const { name } = domain.records[0] as Domain['records'][number];
    dns.withdraw(name);
    const failing = await afterwards(acme, domain, { hours: 7 }, ({ failing_since }) => failing_since !== null);
    expect(failing).toMatchObject({ status: 'verified', records: [{ state: 'failed', found: [] }, {}] });
    expect(failing.records[0]?.detail).toMatch(/disappeared/);
    const grace_ms = Date.parse(failing.grace_ends_at as string) - Date.parse(failing.failing_since as string);
    expect(grace_ms).toBe(72 * 3_600_000);
    await acme.koltrix.emails.send(mail('lost.example'));

    await afterwards(acme, domain, { hours: 73 }, ({ status }) => status === 'failed');
    await until(() => refused(acme.koltrix.emails.send(mail('lost.example'))).catch(() => undefined));

    publishRecords(dns, domain);
    const back = await acme.koltrix.domains.verify(domain.id);
    expect(back).toMatchObject({ status: 'verified', failing_since: null, grace_ends_at: null });
    expect(await signedBy(acme, 'lost.example')).toEqual([domain.dkim_keys[0]?.selector]);
  });

  test('name servers that are down for a week cost nobody his domain', async () => {
    const acme = await koltrix.tenant([]);
    const domain = await givenSendingDomain(acme, dns, 'outage.example');
    dns.fail('outage.example', 'SERVFAIL');
    const { checked_at } = domain;
    const after = await afterwards(acme, domain, { days: 7 }, (now) => now.checked_at !== checked_at);
    expect(after).toMatchObject({ status: 'verified', failing_since: null });
    expect(after.records[0]?.detail).toMatch(/SERVFAIL/);
    expect(await signedBy(acme, 'outage.example').catch(() => ['unknown'])).toEqual([]);
  });
});

describe('a key that is rotated', () => {
  const selectors = (domain: Domain) => domain.dkim_keys.map(({ selector, state }) => [selector, state]);

  test('signs on until the new one is seen, stays published for a week, and is then destroyed', async () => {
    const acme = await koltrix.tenant([]);
    const domain = await givenSendingDomain(acme, dns, 'rotated.example');
    const old = domain.dkim_keys[0]?.selector as string;

    const rotated = await acme.koltrix.domains.rotateDkim(domain.id);
    const fresh = rotated.dkim_keys[0]?.selector as string;
    expect(selectors(rotated)).toEqual([
      [fresh, 'pending'],
      [old, 'active'],
    ]);
    expect(rotated.records.slice(0, 2).map(({ required, state }) => [required, state])).toEqual([
      [false, 'pending'],
      [true, 'verified'],
    ]);
    expect(rotated.status).toBe('verified');
    expect(await signedBy(acme, 'rotated.example')).toEqual([old]);
    await acme.koltrix.domains.verify(domain.id);
    expect(await signedBy(acme, 'rotated.example')).toEqual([old]);

    publishRecords(dns, rotated);
    const both = await acme.koltrix.domains.verify(domain.id);
    expect(selectors(both)).toEqual([
      [fresh, 'active'],
      [old, 'retiring'],
    ]);
    expect(await signedBy(acme, 'rotated.example')).toEqual([fresh]);

    // Should the new record vanish within the week, the old one still serves.
    const [record] = both.records;
    dns.withdraw(record?.name as string);
    expect(await acme.koltrix.domains.verify(domain.id)).toMatchObject({ status: 'verified', failing_since: null });
    expect(await signedBy(acme, 'rotated.example')).toEqual([old]);
    publishRecords(dns, rotated);
    await acme.koltrix.domains.verify(domain.id);

    const after = await afterwards(acme, domain, { days: 8 }, ({ dkim_keys }) => dkim_keys.length === 1);
    expect(selectors(after)).toEqual([[fresh, 'active']]);
    expect(after.records.filter(({ purpose }) => purpose === 'dkim')).toHaveLength(1);
    expect(await signedBy(acme, 'rotated.example')).toEqual([fresh]);
  });

  test('and rotated again before its record is seen gives way to the newest', async () => {
    const acme = await koltrix.tenant([]);
    const domain = await givenSendingDomain(acme, dns, 'twice.example');
    const first = await acme.koltrix.domains.rotateDkim(domain.id, { idempotencyKey: 'first' });
    const same = await acme.koltrix.domains.rotateDkim(domain.id, { idempotencyKey: 'first' });
    expect(same.dkim_keys).toEqual(first.dkim_keys);
    const second = await acme.koltrix.domains.rotateDkim(domain.id);
    expect(second.dkim_keys).toHaveLength(2);
    expect(second.dkim_keys[0]?.selector).not.toBe(first.dkim_keys[0]?.selector);
    expect(second.dkim_keys[1]).toEqual(first.dkim_keys[1]);
  });
});

test('what is due while no worker runs, or is held by one that died, is looked at by the next', async () => {
  const acme = await koltrix.tenant([]);
  const [waiting, held] = [
    await acme.koltrix.domains.create({ name: 'waiting.example' }),
    await acme.koltrix.domains.create({ name: 'held.example' }),
  ];
  await koltrix.stopWorker();
  publishRecords(dns, waiting);
  publishRecords(dns, held);
  const lease = `update domains set leased_by = 'dead', due_at = $2::timestamptz + interval '120 s' where tenant_id = $1 and name = 'held.example'`;
  await rows(koltrix.database.db, lease, [acme.id, clock.now()]);
  clock.advance({ seconds: 61 });
  await koltrix.startWorker();
  await afterwards(acme, waiting, {}, ({ status }) => status === 'verified');
  expect(await acme.koltrix.domains.get(held.id)).toMatchObject({ status: 'pending', checked_at: null });
  await afterwards(acme, held, { seconds: 60 }, ({ status }) => status === 'verified');
});
