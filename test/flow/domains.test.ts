import type { Domain, DomainRecord } from 'koltrix';
import { describe, expect, test } from 'vitest';
import { rows } from '../support/database.ts';
import { type FakeDns, givenDns } from '../support/dns.ts';
import { givenKoltrix, type Installation } from '../support/koltrix.ts';
import { givenSendingDomain, publishRecords } from '../support/sending-domain.ts';
import type { Tenant } from '../support/tenant.ts';
import { until } from '../support/until.ts';
import { givenWorld } from '../support/world.ts';

let dns: FakeDns;
let koltrix: Installation;
let acme: Tenant;
givenWorld(async (stack) => {
  dns = stack.use(await givenDns());
  koltrix = stack.use(
    await givenKoltrix({
      env: {
        KOLTRIX_ROLES: 'api',
        KOLTRIX_DNS_SERVERS: dns.server,
        KOLTRIX_BOUNCE_DOMAIN: 'bounces.koltrix.example',
        KOLTRIX_PUBLIC_URL: 'https://mail.koltrix.example',
      },
    }),
  );
  acme = await koltrix.tenant();
});

const recordOf = (domain: Domain, purpose: DomainRecord['purpose']) =>
  domain.records.find((record) => record.purpose === purpose) as DomainRecord;

/** What a look finds for the DKIM record, when its name holds that. */
async function lookAtKey(name: string, publish: (record: DomainRecord) => void): Promise<[Domain, DomainRecord]> {
  const created = await acme.koltrix.domains.create({ name });
  publish(recordOf(created, 'dkim'));
  const domain = await acme.koltrix.domains.verify(created.id);
  return [domain, recordOf(domain, 'dkim')];
}

describe('a new domain', () => {
  test('says what to publish, and is verified once that is in DNS', async () => {
    const created = await acme.koltrix.domains.create({ name: 'Fresh.Example.' });
    expect(created).toMatchObject({ name: 'fresh.example', status: 'pending', checked_at: null, verified_at: null });
    expect(created.records.map(({ purpose, type, name, value }) => [purpose, type, name, value])).toEqual([
      [
        'dkim',
        'TXT',
        expect.stringMatching(/^kx\w{8}\._domainkey\.fresh\.example$/),
        expect.stringMatching(/^v=DKIM1; k=rsa; p=MII/),
      ],
      ['return_path', 'CNAME', 'bounces.fresh.example', 'bounces.koltrix.example'],
      ['dmarc', 'TXT', '_dmarc.fresh.example', 'v=DMARC1; p=none;'],
      ['tracking', 'CNAME', 'links.fresh.example', 'mail.koltrix.example'],
    ]);
    const { value, strings } = recordOf(created, 'dkim');
    expect(strings.map((text) => text.length <= 255)).toEqual([true, true]);
    expect(strings.join('')).toBe(value);
    publishRecords(dns, created, ['dkim', 'return_path', 'dmarc', 'tracking']);
    const verified = await acme.koltrix.domains.verify(created.id);
    expect(verified).toMatchObject({
      status: 'verified',
      return_path: 'bounces.fresh.example',
      tracking_host: 'links.fresh.example',
    });
    expect(verified.records.map(({ state }) => state)).toEqual(Array(4).fill('verified'));
    expect(await acme.koltrix.domains.get(created.id)).toEqual(verified);
  });

  test('beyond ASCII is shown in both forms, and asked for in that of DNS', async () => {
    const domain = await givenSendingDomain(acme, dns, 'Bücher.example');
    expect(domain).toMatchObject({ name: 'xn--bcher-kva.example', unicode_name: 'bücher.example', status: 'verified' });
  });

  test('is only the tenant’s whose key DNS holds', async () => {
    const umbrella = await koltrix.tenant();
    const ours = await givenSendingDomain(acme, dns, 'shared.example');
    const theirs = await umbrella.koltrix.domains.create({ name: 'shared.example' });
    expect(recordOf(theirs, 'dkim').name).not.toBe(recordOf(ours, 'dkim').name);
    expect(await umbrella.koltrix.domains.verify(theirs.id)).toMatchObject({ status: 'pending' });
    // Our key at their name proves nothing for them either.
    dns.publish(recordOf(theirs, 'dkim').name, { TXT: [recordOf(ours, 'dkim').strings] });
    expect(await umbrella.koltrix.domains.verify(theirs.id)).toMatchObject({ status: 'pending' });
  });

  test('needs the key alone: the other records only make its mail arrive better', async () => {
    const domain = await givenSendingDomain(acme, dns, 'bare.example');
    expect(domain).toMatchObject({ status: 'verified', return_path: null, tracking_host: null });
    expect(domain.records.map(({ purpose, required, state }) => [purpose, required, state])).toEqual([
      ['dkim', true, 'verified'],
      ['return_path', false, 'pending'],
      ['dmarc', false, 'pending'],
      ['tracking', false, 'pending'],
    ]);
  });

  test('keeps its private key sealed, and shows it nowhere', async () => {
    const domain = await acme.koltrix.domains.create({ name: 'sealed.example' });
    const [{ private_key } = { private_key: Buffer.alloc(0) }] = await rows<{ private_key: Buffer }>(
      koltrix.database.db,
      'select private_key from dkim_keys where selector = $1',
      [domain.dkim_keys[0]?.selector],
    );
    expect(private_key.toString('latin1')).not.toContain('PRIVATE KEY');
    expect(koltrix.deps.seal.open(private_key)).toContain('-----BEGIN PRIVATE KEY-----');
    expect(JSON.stringify(domain)).not.toContain('PRIVATE');
  });
});

describe('the DKIM record', () => {
  test('may be split in strings as its provider likes', async () => {
    const [domain] = await lookAtKey('split.example', ({ name, value }) =>
      dns.publish(name, { TXT: [value.match(/.{1,100}/g) as string[]] }),
    );
    expect(domain.status).toBe('verified');
  });

  test('may stand elsewhere, with an alias that leads to it', async () => {
    const [domain] = await lookAtKey('alias.example', ({ name, strings }) => {
      dns.publish(name, { CNAME: 'key.elsewhere.example' });
      dns.publish('key.elsewhere.example', { TXT: [strings] });
    });
    expect(domain.status).toBe('verified');
  });

  test('among others is found, with a warning', async () => {
    const [domain, record] = await lookAtKey('crowd.example', ({ name, strings }) =>
      dns.publish(name, { TXT: ['v=spf1 -all', strings, 'hello'] }),
    );
    expect(domain.status).toBe('verified');
    expect(record.detail).toMatch(/other TXT records/);
    expect(record.found).toHaveLength(3);
  });

  test('with another value has failed, and what was found instead is shown', async () => {
    const [domain, record] = await lookAtKey('wrong.example', ({ name }) =>
      dns.publish(name, { TXT: ['v=DKIM1; p=AAAA'] }),
    );
    expect(domain.status).toBe('pending');
    expect(record).toMatchObject({ state: 'failed', found: ['v=DKIM1; p=AAAA'] });
    expect(record.detail).toMatch(/another key/);
  });

  test('that is not there is pending', async () => {
    const [domain, record] = await lookAtKey('absent.example', () => {});
    expect(domain.status).toBe('pending');
    expect(record).toMatchObject({ state: 'pending', found: [], detail: 'Nothing is published at this name yet.' });
    expect(record.checked_at).toBe(domain.checked_at);
  });

  test.each([
    ['SERVFAIL', 'fails.example', /SERVFAIL/],
    ['REFUSED', 'refuses.example', /REFUSED/],
    ['silence', 'silent.example', /did not answer in time/],
  ] as const)('behind name servers that answer with %s stays what it was', async (trouble, name, words) => {
    const verified = await givenSendingDomain(acme, dns, name);
    dns.fail(name, trouble);
    const started_ms = performance.now();
    const after = await acme.koltrix.domains.verify(verified.id);
    expect(performance.now() - started_ms).toBeLessThan(45_000);
    expect(after).toMatchObject({ status: 'verified', failing_since: null });
    expect(recordOf(after, 'dkim')).toMatchObject({ state: 'verified', detail: expect.stringMatching(words) });
    const unproven = await acme.koltrix.domains.create({ name: `sub.${name}` });
    const looked = await acme.koltrix.domains.verify(unproven.id);
    expect(looked.status).toBe('pending');
    expect(recordOf(looked, 'dkim')).toMatchObject({ state: 'pending', detail: expect.stringMatching(words) });
  });

  test('in a flood of records and behind a loop of aliases takes bounded room', async () => {
    const [{ id }] = await lookAtKey('flood.example', ({ name, strings }) =>
      dns.publish(name, { TXT: [...Array.from({ length: 600 }, (_, i) => `noise ${i}`), strings] }),
    );
    // On a busy machine the name server of the test may take longer over it than a look waits.
    const domain = await until(async () => {
      const looked = await acme.koltrix.domains.verify(id);
      return looked.status === 'verified' ? looked : undefined;
    });
    expect(recordOf(domain, 'dkim').found).toHaveLength(10);
    const [looped] = await lookAtKey('loop.example', ({ name }) => {
      dns.publish(name, { CNAME: 'loop.elsewhere.example' });
      dns.publish('loop.elsewhere.example', { CNAME: name });
    });
    expect(looped.status).toBe('pending');
  });

  test('of hostile bytes is shown without them', async () => {
    const [, record] = await lookAtKey('hostile.example', ({ name }) =>
      dns.publish(name, {
        TXT: [`<script>\0\x07\n${'x'.repeat(200)}`, ['y'.repeat(255), 'y'.repeat(255), 'y'.repeat(255)]],
      }),
    );
    expect(record.found[0]).toMatch(/^<script>\?\?\?x+$/);
    expect(record.found[1]?.length).toBeLessThanOrEqual(600);
  });
});

describe('the other records', () => {
  test('are found by their targets, and say where they lead instead', async () => {
    const created = await acme.koltrix.domains.create({ name: 'others.example' });
    publishRecords(dns, created);
    dns.publish('bounces.others.example', { CNAME: 'elsewhere.example' });
    dns.publish('links.others.example', { CNAME: 'proxy.others.example' });
    dns.publish('proxy.others.example', { CNAME: 'mail.koltrix.example' });
    dns.publish('_dmarc.others.example', { TXT: ['v=DMARC1; p=none', 'v=DMARC1; p=reject'] });
    const domain = await acme.koltrix.domains.verify(created.id);
    expect(recordOf(domain, 'return_path')).toMatchObject({
      state: 'failed',
      found: ['elsewhere.example'],
      detail: expect.stringContaining('bounces.koltrix.example'),
    });
    expect(recordOf(domain, 'tracking')).toMatchObject({ state: 'verified' });
    expect(recordOf(domain, 'dmarc')).toMatchObject({ state: 'failed', detail: expect.stringMatching(/several/) });
    expect(domain).toMatchObject({ return_path: null, tracking_host: 'links.others.example' });
  });

  test('of the return path may be MX of the same hosts, where an alias is not possible', async () => {
    const created = await acme.koltrix.domains.create({ name: 'mx.example' });
    publishRecords(dns, created);
    dns.publish('bounces.koltrix.example', { MX: [{ priority: 10, exchange: 'in.koltrix.example' }] });
    dns.publish('bounces.mx.example', { MX: [{ priority: 10, exchange: 'in.koltrix.example' }] });
    expect(await acme.koltrix.domains.verify(created.id)).toMatchObject({ return_path: 'bounces.mx.example' });
    dns.publish('bounces.mx.example', { MX: [{ priority: 10, exchange: 'mx.other.example' }] });
    expect(await acme.koltrix.domains.verify(created.id)).toMatchObject({ return_path: null });
  });

  test('of a subdomain take the DMARC policy of the domain above', async () => {
    dns.publish('_dmarc.above.example', { TXT: ['v=DMARC1; p=quarantine'] });
    const domain = await givenSendingDomain(acme, dns, 'news.above.example');
    expect(recordOf(domain, 'dmarc')).toMatchObject({ state: 'verified', found: ['v=DMARC1; p=quarantine'] });
  });

  test('are no longer in use when the domain is not verified any more', async () => {
    const created = await acme.koltrix.domains.create({ name: 'unproven.example' });
    publishRecords(dns, created, ['return_path', 'tracking']);
    const domain = await acme.koltrix.domains.verify(created.id);
    expect(recordOf(domain, 'return_path').state).toBe('verified');
    expect(domain).toMatchObject({ status: 'pending', return_path: null, tracking_host: null });
  });
});

test('many looks at once at one domain are one, and a tenant has ten at a time', async () => {
  const slow = await Promise.all(
    Array.from({ length: 11 }, (_, i) => acme.koltrix.domains.create({ name: `slow${i}.example` })),
  );
  for (let i = 0; i < 11; i++) dns.fail(`slow${i}.example`, 'silence');
  const asked = dns.asked.length;
  const same = await Promise.all(Array.from({ length: 20 }, () => acme.koltrix.domains.verify((slow[0] as Domain).id)));
  expect(new Set(same.map(({ checked_at }) => checked_at)).size).toBe(1);
  const dkim = recordOf(slow[0] as Domain, 'dkim').name;
  expect(dns.asked.slice(asked).filter((question) => question === `TXT ${dkim}`).length).toBeLessThanOrEqual(2);
  const answers = await Promise.all(slow.map(({ id }) => acme.fetch(`/domains/${id}/verify`, { method: 'POST' })));
  const statuses = answers.map(({ status }) => status).sort();
  expect(statuses).toEqual([...Array(10).fill(200), 429]);
  expect(answers.find(({ status }) => status === 429)?.headers.get('retry-after')).toBe('5');
});
