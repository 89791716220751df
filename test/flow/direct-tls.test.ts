import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Attempt } from 'koltrix';
import { describe, expect, test } from 'vitest';
import { AUTHORITY, VOUCHED_FOR } from '../support/authority.ts';
import { givenDirect, givenInternet, givenSender, type Internet, type Sender } from '../support/direct.ts';
import type { Installation } from '../support/koltrix.ts';
import { EVERYTHING, type Smarthost, type SmarthostOptions } from '../support/smarthost.ts';
import { givenStsPolicies, policy, type StsPolicies } from '../support/sts-policies.ts';
import { until } from '../support/until.ts';
import { givenWorld } from '../support/world.ts';

const clock = { ahead_ms: 0 };
const now = () => new Date(Date.now() + clock.ahead_ms);
const STARTTLS = ['STARTTLS', ...EVERYTHING];

let internet: Internet;
let koltrix: Installation;
let sender: Sender;
let policies: StsPolicies;
givenWorld(async (stack) => {
  const directory = await mkdtemp(join(tmpdir(), 'koltrix-authority-'));
  stack.defer(() => rm(directory, { recursive: true }));
  await writeFile(join(directory, 'authority.pem'), AUTHORITY);
  internet = stack.use(await givenInternet());
  policies = stack.use(await givenStsPolicies(internet));
  const env = { KOLTRIX_EXTRA_CA_FILE: join(directory, 'authority.pem'), KOLTRIX_MTA_STS_PORT: String(policies.port) };
  koltrix = stack.use(await givenDirect(internet, { env, now }));
  sender = await givenSender(koltrix, internet);
});

function receiver(domain: string, options: SmarthostOptions = {}): Promise<Smarthost> {
  return internet.mx({ domains: [domain], extensions: STARTTLS, ...options });
}

const attemptsOf = (id: string): Promise<Attempt[]> => Array.fromAsync(sender.koltrix.emails.listAttempts(id));
const attempted = (id: string) =>
  until(async () => {
    const [first] = await attemptsOf(id);
    return first;
  });
const delivered = async (domain: string): Promise<Attempt> => {
  const id = await sender.send([`ada@${domain}`]);
  expect((await sender.settled(id)).status).toBe('delivered');
  return (await attemptsOf(id)).at(-1) as Attempt;
};

describe('STARTTLS', () => {
  test('is used where it is offered, whoever vouches for the certificate, and the record says which', async () => {
    await receiver('self-signed.example');
    await receiver('sts.example', { certificate: VOUCHED_FOR });
    expect((await delivered('self-signed.example')).tls).toEqual({
      protocol: 'TLSv1.3',
      cipher: expect.stringMatching(/^TLS_/),
      verified: false,
      dane: false,
    });
    expect((await delivered('sts.example')).tls).toMatchObject({ verified: true });
  });

  test.each<[string, SmarthostOptions]>([
    [
      'is broken off',
      { behave: ({ stage }) => (stage === 'STARTTLS' ? { say: '220 Go ahead', and: 'close' } : undefined) },
    ],
    ['is of another age', { certificate: { ...VOUCHED_FOR, minVersion: 'TLSv1', maxVersion: 'TLSv1.1' } }],
  ])('that %s is followed by mail in the clear, and the host is remembered', async (name, options) => {
    const domain = `${name.replaceAll(' ', '-')}.example`;
    const mx = await receiver(domain, options);
    expect(await delivered(domain)).toMatchObject({ tls: null, outcome: 'accepted', number: 1 });
    mx.hangUp();
    await delivered(domain);
    expect(mx.commands.filter((c) => c.line === 'STARTTLS')).toHaveLength(1);
    expect(mx.received.map((m) => m.tls)).toEqual([false, false]);
  });

  test('that is refused is followed by mail in the clear on the same connection', async () => {
    const mx = await receiver('refusing.example', {
      behave: ({ stage }) => (stage === 'STARTTLS' ? '454 4.7.0 TLS not available' : undefined),
    });
    expect(await delivered('refusing.example')).toMatchObject({ tls: null });
    expect(mx.connections).toBe(1);
  });
});

describe('an MTA-STS policy that is to be enforced', () => {
  test('is followed: the certificate is for the host, and vouched for', async () => {
    await receiver('stsb.example', { certificate: VOUCHED_FOR });
    policies.publish('stsb.example', policy('enforce', 'mx.stsb.example'));
    expect(await delivered('stsb.example')).toMatchObject({ tls: { verified: true } });
    expect(policies.asked).toContain('mta-sts.stsb.example/.well-known/mta-sts.txt');
  });

  test.each<[string, string, SmarthostOptions]>([
    ['that nobody vouches for', 'stsc.example', {}],
    ['where there is no TLS', 'stsd.example', { extensions: EVERYTHING }],
    [
      'where TLS is broken',
      'stse.example',
      { behave: ({ stage }) => (stage === 'STARTTLS' ? { say: '220 Go', and: 'close' } : undefined) },
    ],
  ])('keeps mail from a server %s', async (_name, domain, options) => {
    const mx = await receiver(domain, options);
    policies.publish(domain, policy('enforce', `*.${domain}`));
    const id = await sender.send([`ada@${domain}`]);
    expect(await attempted(id)).toMatchObject({ outcome: 'unreachable' });
    expect((await sender.koltrix.emails.get(id)).status).toBe('queued');
    expect(mx.received).toEqual([]);
  });

  test('keeps mail from a server that it does not name', async () => {
    const mx = await receiver('stsf.example', { certificate: VOUCHED_FOR });
    policies.publish('stsf.example', policy('enforce', 'other.stsf.example'));
    const id = await sender.send(['ada@stsf.example']);
    expect(await attempted(id)).toMatchObject({
      outcome: 'unreachable',
      reply: { enhanced_code: '4.7.5', text: expect.stringContaining('MTA-STS') },
    });
    expect(mx.connections).toBe(0);
  });
});

describe('an MTA-STS policy that is not to be enforced', () => {
  test.each<[string, (domain: string) => void]>([
    ['is in testing', (domain) => policies.publish(domain, policy('testing', 'other.example'))],
    ['is none', (domain) => policies.publish(domain, 'version: STSv1\nmode: none\nmax_age: 86400\n')],
    ['is a web page', (domain) => policies.publish(domain, '<html>Not found</html>')],
    ['leads elsewhere', (domain) => policies.publish(domain, 'https://elsewhere.example/')],
    [
      'lies at an address that is not public',
      (domain) => {
        policies.publish(domain, policy('enforce', 'other.example'));
        internet.dns.publish(`mta-sts.${domain}`, { A: ['127.0.0.1'] });
      },
    ],
    [
      'lies at a host whose certificate is for another',
      (domain) => policies.publish(domain, policy('enforce', 'other.example')),
    ],
  ])('since it %s lets mail go as without one', async (name, publish) => {
    const domain = `${name.replaceAll(' ', '-')}.example`;
    await receiver(domain);
    publish(domain);
    expect(await delivered(domain)).toMatchObject({ tls: { verified: false } });
  });
});
