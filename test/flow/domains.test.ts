import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type FakeDns, givenDns } from '../support/dns.ts';
import { givenKoltrix, type Installation } from '../support/koltrix.ts';
import { givenSendingDomain, publishRecords } from '../support/sending-domain.ts';

let dns: FakeDns;
let koltrix: Installation;
beforeAll(async () => {
  dns = await givenDns();
  koltrix = await givenKoltrix({
    env: {
      KOLTRIX_ROLES: 'api',
      KOLTRIX_DNS_SERVERS: dns.server,
      KOLTRIX_BOUNCE_DOMAIN: 'bounces.koltrix.example',
      KOLTRIX_PUBLIC_URL: 'https://mail.koltrix.example',
    },
  });
});
afterAll(async () => {
  await koltrix[Symbol.asyncDispose]();
  await dns[Symbol.asyncDispose]();
});

describe('a new domain', () => {
  test('says what to publish, and is verified once that is in DNS', async () => {
    const acme = await koltrix.tenant();
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

  test('is only the tenant’s whose key DNS holds', async () => {
    const [acme, umbrella] = [await koltrix.tenant(), await koltrix.tenant()];
    await givenSendingDomain(acme, dns, 'shared.example');
    const theirs = await umbrella.koltrix.domains.create({ name: 'shared.example' });
    expect(await umbrella.koltrix.domains.verify(theirs.id)).toMatchObject({ status: 'pending' });
  });
});
