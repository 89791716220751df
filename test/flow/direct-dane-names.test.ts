import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Attempt } from 'koltrix';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { CERTIFICATE } from '../../server/webhooks/receiver.test-support.ts';
import { ANCHOR, ANCHOR_OF_DOMAINS, FOR_DOMAINS } from '../support/anchor.ts';
import { AUTHORITY, VOUCHED_FOR } from '../support/authority.ts';
import { givenDirect, givenInternet, givenSender, type Internet, type Sender } from '../support/direct.ts';
import type { TlsaData } from '../support/dns.ts';
import { EVERYTHING, type Smarthost, type SmarthostOptions } from '../support/smarthost.ts';
import { givenStsPolicies, policy, type StsPolicies } from '../support/sts-policies.ts';
import { certificateOf, keyOf, sha, tlsa } from '../support/tlsa.ts';
import { until } from '../support/until.ts';

const stack = new AsyncDisposableStack();
let internet: Internet;
let sender: Sender;
let policies: StsPolicies;
beforeAll(async () => {
  const directory = await mkdtemp(join(tmpdir(), 'koltrix-authority-'));
  stack.defer(() => rm(directory, { recursive: true }));
  await writeFile(join(directory, 'authority.pem'), AUTHORITY);
  internet = stack.use(await givenInternet());
  policies = stack.use(await givenStsPolicies(internet));
  const env = {
    KOLTRIX_DANE: 'on',
    KOLTRIX_EXTRA_CA_FILE: join(directory, 'authority.pem'),
    KOLTRIX_MTA_STS_PORT: String(policies.port),
  };
  sender = await givenSender(stack.use(await givenDirect(internet, { env })), internet);
});
afterAll(() => stack.disposeAsync());

const ANCHOR_ONLY = tlsa(2, 0, 1, sha(256, certificateOf(ANCHOR_OF_DOMAINS)));
const OTHER_KEY = tlsa(3, 1, 1, sha(256, keyOf(ANCHOR)));

/** A server under a name of its own, in a signed zone, with these records. */
async function host(name: string, records: TlsaData[], options: SmarthostOptions = {}): Promise<Smarthost> {
  const mx = await internet.mx({ names: [name], extensions: ['STARTTLS', ...EVERYTHING], ...options });
  internet.dns.sign(name);
  internet.dns.publish(`_${internet.mx_port}._tcp.${name}`, { TLSA: records });
  return mx;
}

const lead = (domain: string, exchange: string) => internet.dns.publish(domain, { MX: [{ priority: 1, exchange }] });

/** The first attempt at mail for the domain, once it is over. */
async function attempted(domain: string): Promise<Attempt> {
  const id = await sender.send([`ada@${domain}`]);
  return until(async () => (await Array.fromAsync(sender.koltrix.emails.listAttempts(id)))[0]);
}

describe('under an anchor, a certificate for the mail domain and none of its hosts (RFC 7672, 3.2.2)', () => {
  test('is good where DNSSEC proves that the host takes the mail of the domain', async () => {
    const mx = await host('mx.nexthop-host.example', [ANCHOR_ONLY], { certificate: FOR_DOMAINS });
    internet.dns.sign('nexthop.example');
    lead('nexthop.example', 'mx.nexthop-host.example');
    expect(await attempted('nexthop.example')).toMatchObject({ outcome: 'accepted', tls: { dane: true } });
    // The same host takes mail of a domain that the certificate does not name: the open connection is not for that.
    internet.dns.sign('neighbour.example');
    lead('neighbour.example', 'mx.nexthop-host.example');
    expect(await attempted('neighbour.example')).toMatchObject({
      outcome: 'unreachable',
      reply: { text: expect.stringMatching(/is not for .*neighbour\.example/) },
    });
    expect(mx.received.map(({ rcpt_to }) => rcpt_to)).toEqual(['ada@nexthop.example']);
  });

  test('is not where whoever forges DNS could have led us to that host', async () => {
    const mx = await host('mx.forged-host.example', [ANCHOR_ONLY], { certificate: FOR_DOMAINS });
    lead('unproven.example', 'mx.forged-host.example');
    expect(await attempted('unproven.example')).toMatchObject({
      outcome: 'unreachable',
      reply: { text: expect.stringMatching(/its certificate is not for mx\.forged-host\.example$/) },
    });
    expect(mx.received).toEqual([]);
  });

  test('is good for what the mail domain is an alias of', async () => {
    await host('mx.expanded-host.example', [ANCHOR_ONLY], { certificate: FOR_DOMAINS });
    for (const name of ['expanded.example', 'short.example']) internet.dns.sign(name);
    lead('expanded.example', 'mx.expanded-host.example');
    internet.dns.publish('short.example', { CNAME: 'expanded.example' });
    expect(await attempted('short.example')).toMatchObject({ outcome: 'accepted', tls: { dane: true } });
  });
});

test('the server is called by the name at which its records stand (RFC 7672, 8.1)', async () => {
  const key = tlsa(3, 1, 1, sha(256, keyOf(CERTIFICATE.cert)));
  const mx = await host('mx.called.example', [key]);
  internet.dns.sign('mx.nick.example');
  internet.dns.publish('mx.nick.example', { CNAME: 'mx.called.example' });
  lead('nick.example', 'mx.nick.example');
  expect(await attempted('nick.example')).toMatchObject({ host: 'mx.nick.example', tls: { dane: true } });
  expect(mx.received).toMatchObject([{ servername: 'mx.called.example' }]);
});

describe('a domain with an MTA-STS policy whose host has TLSA records (RFC 8461, 2)', () => {
  test('gets mail by what DANE says, though the policy knows neither the host nor its certificate', async () => {
    await host('mx.stsb.example', [tlsa(3, 1, 1, sha(256, keyOf(CERTIFICATE.cert)))]);
    lead('stsb.example', 'mx.stsb.example');
    policies.publish('stsb.example', policy('enforce', 'other.stsb.example'));
    expect(await attempted('stsb.example')).toMatchObject({ outcome: 'accepted', tls: { dane: true } });
  });

  test('gets none where DANE fails, whatever the policy finds good', async () => {
    const mx = await host('mx.stsc.example', [OTHER_KEY], { certificate: VOUCHED_FOR });
    lead('stsc.example', 'mx.stsc.example');
    policies.publish('stsc.example', policy('enforce', '*.stsc.example'));
    expect(await attempted('stsc.example')).toMatchObject({
      outcome: 'unreachable',
      reply: { text: expect.stringContaining('DANE (RFC 7672) keeps mail from mx.stsc.example') },
    });
    expect(mx.received).toEqual([]);
  });

  test('gets it by the policy where no record can be used', async () => {
    const unusable = tlsa(1, 1, 1, sha(256, keyOf(CERTIFICATE.cert)));
    const mx = await host('mx.stsd.example', [unusable]);
    lead('stsd.example', 'mx.stsd.example');
    policies.publish('stsd.example', policy('enforce', '*.stsd.example'));
    expect(await attempted('stsd.example')).toMatchObject({
      outcome: 'unreachable',
      reply: { text: expect.stringContaining('MTA-STS (RFC 8461) keeps mail from mx.stsd.example') },
    });
    expect(mx.received).toEqual([]);
    await host('mx.stse.example', [unusable], { certificate: VOUCHED_FOR });
    lead('stse.example', 'mx.stse.example');
    policies.publish('stse.example', policy('enforce', '*.stse.example'));
    expect(await attempted('stse.example')).toMatchObject({
      outcome: 'accepted',
      tls: { verified: true, dane: false },
    });
  });
});
