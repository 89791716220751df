import type { Attempt } from 'koltrix';
import { describe, expect, test } from 'vitest';
import { CERTIFICATE } from '../../server/webhooks/receiver.test-support.ts';
import { ANCHOR, ANCHORED, OUT_OF_DATE } from '../support/anchor.ts';
import { givenDirect, givenInternet, givenSender, type Internet, type Sender } from '../support/direct.ts';
import type { TlsaData } from '../support/dns.ts';
import type { Installation } from '../support/koltrix.ts';
import { EVERYTHING, type Smarthost, type SmarthostOptions } from '../support/smarthost.ts';
import { certificateOf, keyOf, sha, tlsa } from '../support/tlsa.ts';
import { until } from '../support/until.ts';
import { givenWorld } from '../support/world.ts';

const clock = { ahead_ms: 0 };
const now = () => new Date(Date.now() + clock.ahead_ms);

let internet: Internet;
let koltrix: Installation;
let sender: Sender;
givenWorld(async (stack) => {
  internet = stack.use(await givenInternet());
  koltrix = stack.use(await givenDirect(internet, { env: { KOLTRIX_DANE: 'on' }, now }));
  sender = await givenSender(koltrix, internet);
});

const KEY = tlsa(3, 1, 1, sha(256, keyOf(CERTIFICATE.cert)));
const OTHER_KEY = tlsa(3, 1, 1, sha(256, keyOf(ANCHOR)));
const TRUSTED_ANCHOR = tlsa(2, 0, 1, sha(256, certificateOf(ANCHOR)));

const NO_TLS: SmarthostOptions = {
  extensions: EVERYTHING,
  behave: ({ stage }) => (stage === 'STARTTLS' ? '502 5.5.1 Command not implemented' : undefined),
};
const place = (host: string) => `_${internet.mx_port}._tcp.${host}`;

/** A domain in a zone of its own, signed, whose server publishes these records. */
async function receiver(domain: string, records: TlsaData[], options: SmarthostOptions = {}): Promise<Smarthost> {
  const mx = await internet.mx({ domains: [domain], extensions: ['STARTTLS', ...EVERYTHING], ...options });
  internet.dns.sign(domain);
  internet.dns.publish(place(`mx.${domain}`), { TLSA: records });
  return mx;
}

const attemptsOf = (id: string): Promise<Attempt[]> => Array.fromAsync(sender.koltrix.emails.listAttempts(id));

async function delivered(domain: string): Promise<Attempt> {
  const id = await sender.send([`ada@${domain}`]);
  expect((await sender.settled(id)).status).toBe('delivered');
  return (await attemptsOf(id)).at(-1) as Attempt;
}

/** Mail that waits after its first attempt, of which the record says why. */
async function deferred(domain: string, mx: Smarthost, why: RegExp): Promise<string> {
  const id = await sender.send([`ada@${domain}`]);
  const [attempt] = await until(async () => {
    const all = await attemptsOf(id);
    return all.length > 0 && all;
  });
  expect(attempt).toMatchObject({ outcome: 'unreachable', tls: null, reply: { text: expect.stringMatching(why) } });
  expect((await sender.koltrix.emails.get(id)).status).toBe('queued');
  expect(mx.received).toEqual([]);
  expect(mx.commands.filter(({ line }) => line.startsWith('MAIL'))).toEqual([]);
  return id;
}

describe('a certificate that TLSA records name', () => {
  test.each<[string, TlsaData, SmarthostOptions]>([
    ['3 1 1', KEY, {}],
    ['3 1 2', tlsa(3, 1, 2, sha(512, keyOf(CERTIFICATE.cert))), {}],
    ['3 0 0', tlsa(3, 0, 0, certificateOf(CERTIFICATE.cert)), {}],
    ['3 0 1', tlsa(3, 0, 1, sha(256, certificateOf(OUT_OF_DATE.cert))), { certificate: OUT_OF_DATE }],
    ['2 0 1', TRUSTED_ANCHOR, { certificate: ANCHORED }],
    ['2 1 1', tlsa(2, 1, 1, sha(256, keyOf(ANCHOR))), { certificate: ANCHORED }],
  ])('by %s gets the mail, and the record says so', async (parameters, record, options) => {
    // An anchor vouches for names, and those of this one are the hosts of anchored.example.
    const domain = `d${parameters.replaceAll(' ', '')}.example`;
    const host = record.usage === 2 ? `mx${parameters.replaceAll(' ', '')}.anchored.example` : `mx.${domain}`;
    const mx = await receiver(domain, [], options);
    internet.dns.publish(domain, { MX: [{ priority: 1, exchange: host }] });
    internet.dns.publish(host, { A: [mx.host] });
    internet.dns.publish(place(host), { TLSA: [record] });
    internet.dns.sign('anchored.example');
    expect(await delivered(domain)).toMatchObject({
      outcome: 'accepted',
      host,
      tls: { protocol: 'TLSv1.3', verified: true, dane: true },
    });
    expect(mx.received).toMatchObject([{ tls: true }]);
  });

  test('may be named by one record of many, more than fit into a packet', async () => {
    const many = Array.from({ length: 60 }, (_, i) => tlsa(3, 1, 1, sha(256, Buffer.from([i]))));
    await receiver('many.example', [...many, KEY]);
    expect(await delivered('many.example')).toMatchObject({ tls: { dane: true } });
  });

  test.each(['alias', 'target'])('is looked for at the %s of a host', async (at) => {
    // Names of its own: what is known of a name is kept, and the mail of the other case is tried again.
    const [domain, alias, target] = [`${at}-cname.example`, `mx.${at}-alias.example`, `mx.${at}-target.example`];
    const mx = await receiver(`${at}-target.example`, []);
    internet.dns.sign(`${at}-alias.example`);
    internet.dns.sign(domain);
    internet.dns.publish(domain, { MX: [{ priority: 1, exchange: alias }] });
    internet.dns.publish(alias, { CNAME: target });
    internet.dns.publish(place(at === 'alias' ? alias : target), { TLSA: [OTHER_KEY] });
    await deferred(domain, mx, /DANE/);
  });
});

describe('mail waits, and never goes in the clear, when', () => {
  test.each<[string, TlsaData[], SmarthostOptions, RegExp]>([
    ['the certificate is another', [OTHER_KEY], {}, /DANE \(RFC 7672\) keeps mail from mx\..*no TLSA record names/],
    ['there is no TLS', [KEY], NO_TLS, /DANE \(RFC 7672\) keeps mail from mx\./],
    [
      'TLS is refused',
      [KEY],
      { behave: ({ stage }) => (stage === 'STARTTLS' ? '454 4.7.0 TLS not available' : undefined) },
      /DANE \(RFC 7672\) keeps mail from mx\..*TLS not available/,
    ],
    [
      'TLS is broken off',
      [KEY],
      { behave: ({ stage }) => (stage === 'STARTTLS' ? { say: '220 Go', and: 'close' } : undefined) },
      /DANE \(RFC 7672\)/,
    ],
    ['the anchor vouches for other names', [TRUSTED_ANCHOR], { certificate: ANCHORED }, /is not for mx\./],
    [
      'somebody puts the anchor beside a certificate of his own',
      [TRUSTED_ANCHOR],
      { certificate: { key: CERTIFICATE.key, cert: `${CERTIFICATE.cert}\n${ANCHOR}` } },
      /no TLSA record names/,
    ],
  ])('%s', async (name, records, options, why) => {
    const domain = `${name.toLowerCase().replaceAll(/[^a-z]+/g, '-')}.example`;
    const mx = await receiver(domain, records, options);
    await deferred(domain, mx, why);
  });

  test('the certificate under the anchor is out of date', async () => {
    const host = 'mxold.anchored.example';
    const mx = await receiver('old.example', [], { certificate: OUT_OF_DATE });
    internet.dns.publish('old.example', { MX: [{ priority: 1, exchange: host }] });
    internet.dns.publish(host, { A: [mx.host] });
    internet.dns.publish(place(host), { TLSA: [TRUSTED_ANCHOR] });
    internet.dns.sign('anchored.example');
    await deferred('old.example', mx, /out of date/);
  });

  test('the certificate changes before its record, until the record follows', async () => {
    const mx = await receiver('renewed.example', [OTHER_KEY]);
    const id = await deferred('renewed.example', mx, /DANE/);
    internet.dns.publish(place('mx.renewed.example'), { TLSA: [OTHER_KEY, KEY] });
    clock.ahead_ms += 10 * 60_000;
    koltrix.deps.hints.give('due');
    expect((await sender.settled(id)).status).toBe('delivered');
    expect(await attemptsOf(id)).toMatchObject([{ outcome: 'unreachable' }, { tls: { dane: true } }]);
  });
});

describe('records that nobody can use', () => {
  test.each<[string, TlsaData]>([
    ['of usage 1', tlsa(1, 1, 1, sha(256, keyOf(CERTIFICATE.cert)))],
    ['of an unknown selector', tlsa(3, 7, 1, sha(256, keyOf(CERTIFICATE.cert)))],
    ['of an unknown matching type', tlsa(3, 1, 9, sha(256, keyOf(CERTIFICATE.cert)))],
    ['that are cut off', tlsa(3, 1, 1, sha(256, keyOf(CERTIFICATE.cert)).subarray(0, 20))],
  ])('%s demand TLS, with whatever certificate', async (name, record) => {
    const domain = `${name.replaceAll(' ', '-')}.example`;
    await receiver(domain, [record]);
    expect(await delivered(domain)).toMatchObject({ tls: { verified: false, dane: false } });
    const plain = `plain-${domain}`;
    await deferred(plain, await receiver(plain, [record], NO_TLS), /DANE/);
  });

  test('count for nothing beside one that can be used', async () => {
    const mx = await receiver('mixed.example', [tlsa(1, 1, 1, sha(256, keyOf(CERTIFICATE.cert))), OTHER_KEY]);
    await deferred('mixed.example', mx, /no TLSA record names/);
  });
});

describe('without proof by DNSSEC', () => {
  test('records are as none: whoever forges the answer would name a certificate of his own', async () => {
    const mx = await internet.mx({ domains: ['unsigned.example'], ...NO_TLS });
    internet.dns.publish(place('mx.unsigned.example'), { TLSA: [OTHER_KEY] });
    expect(await delivered('unsigned.example')).toMatchObject({ tls: null });
    expect(mx.received).toHaveLength(1);
  });

  test('of the address they are not even asked for, since such name servers may fail at the question', async () => {
    await internet.mx({ domains: ['failing.example'] });
    internet.dns.fail(place('mx.failing.example'), 'SERVFAIL');
    await delivered('failing.example');
    expect(internet.dns.asked.filter((question) => question.startsWith('TLSA') && /failing/.test(question))).toEqual(
      [],
    );
  });

  test('of the records alone they are as none', async () => {
    const mx = await internet.mx({ domains: ['half.example'], ...NO_TLS });
    internet.dns.sign('mx.half.example');
    internet.dns.publish(place('mx.half.example'), { CNAME: 'tlsa.elsewhere.example' });
    internet.dns.publish('tlsa.elsewhere.example', { TLSA: [OTHER_KEY] });
    await delivered('half.example');
    expect(mx.received).toMatchObject([{ tls: false }]);
  });
});

test('a signed host without records gets mail as ever', async () => {
  const mx = await internet.mx({ domains: ['none.example'], ...NO_TLS });
  internet.dns.sign('none.example');
  expect(await delivered('none.example')).toMatchObject({ tls: null });
  expect(mx.received).toHaveLength(1);
});

describe('when DNS does not say the records of a host', () => {
  test('its mail waits until it does', async () => {
    const mx = await receiver('silent.example', [KEY]);
    internet.dns.fail(place('mx.silent.example'), 'SERVFAIL');
    const id = await deferred('silent.example', mx, /TLSA records of mx\.silent\.example/);
    expect(mx.connections).toBe(0);
    internet.dns.fail(place('mx.silent.example'), undefined);
    clock.ahead_ms += 10 * 60_000;
    koltrix.deps.hints.give('due');
    expect((await sender.settled(id)).status).toBe('delivered');
  });

  test('mail goes to the next server of the domain', async () => {
    const first = await receiver('first.example', [KEY]);
    const second = await receiver('second.example', [KEY]);
    internet.dns.publish('both.example', {
      MX: ['first', 'second'].map((name, i) => ({ priority: i, exchange: `mx.${name}.example` })),
    });
    internet.dns.fail(place('mx.first.example'), 'SERVFAIL');
    expect(await delivered('both.example')).toMatchObject({ host: 'mx.second.example', tls: { dane: true } });
    expect([first.connections, second.received.length]).toEqual([0, 1]);
  });
});

test('is off unless it is asked for', async () => {
  await using other = await givenDirect(internet);
  const plain = await givenSender(other, internet);
  await receiver('off.example', [OTHER_KEY]);
  const id = await plain.send(['ada@off.example']);
  expect((await plain.settled(id)).status).toBe('delivered');
});
