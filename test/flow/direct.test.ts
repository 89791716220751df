import type { Attempt } from 'koltrix';
import { afterEach, describe, expect, test } from 'vitest';
import { givenDirect, givenInternet, givenSender, type Internet, type Sender } from '../support/direct.ts';
import type { Installation } from '../support/koltrix.ts';
import { until } from '../support/until.ts';
import { givenWorld } from '../support/world.ts';

const clock = { ahead_ms: 0 };
const now = () => new Date(Date.now() + clock.ahead_ms);

let internet: Internet;
let koltrix: Installation;
let sender: Sender;
givenWorld(async (stack) => {
  internet = stack.use(await givenInternet());
  koltrix = stack.use(await givenDirect(internet, { now }));
  sender = await givenSender(koltrix, internet);
});
afterEach(() => pass(3_600_000));

/** Puts the clock forward and has the worker look. */
function pass(ms: number): void {
  clock.ahead_ms += ms;
  koltrix.deps.hints.give('due');
}

const attempts = (id: string): Promise<Attempt[]> => Array.fromAsync(sender.koltrix.emails.listAttempts(id));
const attempted = (id: string, count = 1) =>
  until(async () => {
    const all = await attempts(id);
    return all.length >= count && all;
  });

describe('mail goes to', () => {
  test('the recipient’s MX, whose word is final', async () => {
    const mx = await internet.mx({ domains: ['plain.example'] });
    const id = await sender.send(['ada@plain.example']);
    expect((await sender.settled(id)).status).toBe('delivered');
    expect(mx.received).toMatchObject([{ mail_from: sender.from, rcpt_to: 'ada@plain.example' }]);
    expect(mx.commands.find((c) => /^EHLO/.test(c.line))?.line).toBe('EHLO out.koltrix.test');
    expect(await attempts(id)).toMatchObject([
      { host: 'mx.plain.example', remote_address: mx.host, source_address: expect.any(String), outcome: 'accepted' },
    ]);
    expect((await sender.events('email.delivered')).map((e) => e.data.recipient)).toContain('ada@plain.example');
  });

  test('the most preferred of several, and to the next one when that cannot be reached, without spending a try', async () => {
    const second = await internet.mx({ names: ['mx2.two.example'] });
    internet.dns.publish('mx1.two.example', { A: [internet.nobody()] });
    internet.dns.publish('two.example', {
      MX: [
        { priority: 20, exchange: 'mx2.two.example' },
        { priority: 10, exchange: 'mx1.two.example' },
      ],
    });
    const id = await sender.send(['ada@two.example']);
    expect((await sender.settled(id)).status).toBe('delivered');
    expect(second.received).toHaveLength(1);
    expect(await attempts(id)).toMatchObject([{ number: 1, host: 'mx2.two.example', outcome: 'accepted' }]);
  });

  test('equal ones by chance', async () => {
    const servers = [
      await internet.mx({ names: ['a.equal.example'] }),
      await internet.mx({ names: ['b.equal.example'] }),
    ];
    internet.dns.publish('equal.example', {
      MX: ['a', 'b'].map((name) => ({ priority: 10, exchange: `${name}.equal.example` })),
    });
    for (const server of servers)
      server.behave = ({ stage }) => (stage === 'message' ? { say: '250 Ok', and: 'close' } : undefined);
    for (let i = 0; i < 24; i++) await sender.settled(await sender.send([`ada${i}@equal.example`]));
    for (const server of servers) expect(server.received.length).toBeGreaterThan(0);
  });

  test('the domain’s own address where it has no MX, over IPv6 too', async () => {
    const v4 = await internet.mx({ names: ['bare.example'] });
    const v6 = await internet.mx({ names: ['six.example'], host: '::1' });
    const ids = [await sender.send(['ada@bare.example']), await sender.send(['ada@six.example'])];
    for (const id of ids) expect((await sender.settled(id)).status).toBe('delivered');
    expect([v4.received.length, v6.received.length]).toEqual([1, 1]);
    expect(await attempts(ids[1] as string)).toMatchObject([{ host: 'six.example', remote_address: '::1' }]);
  });

  test('where aliases lead, and for a domain beyond ASCII to that of its ASCII form', async () => {
    const mx = await internet.mx({ domains: ['real.example', 'xn--bcher-kva.example'] });
    internet.dns.publish('alias.example', { CNAME: 'real.example' });
    internet.dns.publish('mxalias.real.example', { CNAME: 'mx.real.example' });
    internet.dns.publish('odd.example', { MX: [{ priority: 1, exchange: 'MXalias.Real.example' }] });
    const to = ['ada@alias.example', 'ada@odd.example', 'ada@bücher.example'];
    const id = await sender.send(to);
    expect((await sender.settled(id)).messages.map((m) => m.status)).toEqual(['delivered', 'delivered', 'delivered']);
    expect(mx.received.map((m) => m.rcpt_to).sort()).toEqual([
      'ada@alias.example',
      'ada@odd.example',
      'ada@xn--bcher-kva.example',
    ]);
  });
});

describe('a domain that takes no mail', () => {
  test.each<[string, string, () => void, string, RegExp]>([
    ['does not exist', 'gone.example', () => {}, 'hard', /^550 5\.1\.2 .*gone\.example/],
    [
      'says so by a null MX',
      'null.example',
      () => internet.dns.publish('null.example', { MX: [{ priority: 0, exchange: '' }], A: ['127.77.0.1'] }),
      'hard',
      /^556 5\.1\.10 .*null MX/,
    ],
    [
      'has neither MX nor address',
      'empty.example',
      () => internet.dns.publish('empty.example', { TXT: ['nothing here'] }),
      'soft',
      /^550 5\.4\.4 .*address/,
    ],
    [
      'names servers that do not exist',
      'void.example',
      () => internet.dns.publish('void.example', { MX: [{ priority: 1, exchange: 'nowhere.void.example' }] }),
      'soft',
      /^550 5\.4\.4 /,
    ],
    [
      'is a loop of aliases',
      'loop.example',
      () => {
        internet.dns.publish('loop.example', { CNAME: 'pool.example' });
        internet.dns.publish('pool.example', { CNAME: 'loop.example' });
      },
      'soft',
      /^550 5\.4\.4 /,
    ],
  ])('since it %s is a bounce that nobody was asked about', async (_name, domain, publish, reason, diagnostic) => {
    publish();
    const id = await sender.send([`ada@${domain}`]);
    expect((await sender.settled(id)).status).toBe('bounced');
    const bounced = (await sender.events('email.bounced')).find((e) => e.data.email_id === id);
    expect(bounced?.data).toMatchObject({ bounce: { class: reason, diagnostic: expect.stringMatching(diagnostic) } });
    expect(await attempts(id)).toMatchObject([{ host: null, remote_address: null, tls: null, outcome: 'refused' }]);
    expect(await sender.koltrix.suppressions.get(`ada@${domain}`)).toMatchObject({ reason });
  });
});

describe('an address that mail must not go to', () => {
  test.each(['127.0.0.1', '10.0.0.1', '169.254.169.254', '192.168.1.1', '0.0.0.0'])(
    '%s is not connected to, whatever DNS says',
    async (address) => {
      const domain = `ssrf-${address.replaceAll('.', '-')}.example`;
      internet.dns.publish(`mx.${domain}`, { A: [address], AAAA: ['fd00::1', '::ffff:127.0.0.1'] });
      internet.dns.publish(domain, { MX: [{ priority: 1, exchange: `mx.${domain}` }] });
      const id = await sender.send([`ada@${domain}`]);
      expect((await sender.settled(id)).status).toBe('bounced');
      expect(await attempts(id)).toMatchObject([
        { host: null, reply: { enhanced_code: '5.4.4', text: expect.stringContaining('not a public address') } },
      ]);
    },
  );

  test('does not keep mail from a host’s other addresses', async () => {
    const mx = await internet.mx({ names: ['mixed.example'] });
    internet.dns.publish('mixed.example', { A: ['10.0.0.1', mx.host] });
    const id = await sender.send(['ada@mixed.example']);
    expect((await sender.settled(id)).status).toBe('delivered');
  });
});

describe('DNS that does not answer', () => {
  test.each(['SERVFAIL', 'REFUSED'] as const)('but with %s delays the mail, and spends no try', async (trouble) => {
    const domain = `${trouble.toLowerCase()}.example`;
    const mx = await internet.mx({ domains: [domain] });
    internet.dns.fail(domain, trouble);
    const id = await sender.send([`ada@${domain}`]);
    expect(await attempted(id)).toMatchObject([
      {
        outcome: 'unreachable',
        host: null,
        reply: { smtp_code: 451, enhanced_code: '4.4.3', text: expect.stringContaining(trouble) },
      },
    ]);
    expect((await sender.koltrix.emails.get(id)).messages[0]).toMatchObject({ status: 'queued' });
    internet.dns.fail(domain, undefined);
    pass(3 * 60_000);
    expect((await sender.settled(id)).status).toBe('delivered');
    expect(mx.received).toHaveLength(1);
  });

  test('is told of by one message; the others of the domain wait in silence', async () => {
    internet.dns.fail('quiet.example', 'SERVFAIL');
    const first = await sender.send(['ada@quiet.example']);
    await attempted(first);
    const second = await sender.send(['bob@quiet.example', 'eve@quiet.example']);
    const waiting = await until(async () => {
      const { messages } = await sender.koltrix.emails.get(second);
      return messages.every((m) => Date.parse(m.next_attempt_at ?? '') > now().getTime() + 30_000) && messages;
    });
    expect(waiting.map((m) => m.attempts)).toEqual([0, 0]);
    internet.dns.fail('quiet.example', undefined);
    await internet.mx({ domains: ['quiet.example'] });
    pass(4 * 60_000);
    for (const id of [first, second]) expect((await sender.settled(id)).status).toBe('delivered');
  });
});

describe('an answer of DNS without measure', () => {
  test('of as many hosts and addresses as fit into 64 KB, the most that DNS can say, is cut and served', async () => {
    const mx = await internet.mx({ names: ['m.huge.example'] });
    internet.dns.publish('huge.example', {
      MX: Array.from({ length: 2_500 }, (_, i) => ({
        priority: i + 1,
        exchange: i ? `${i}.huge.example` : 'm.huge.example',
      })),
    });
    const strangers = Array.from({ length: 3_500 }, (_, i) => `127.78.${i >> 8}.${i & 255}`);
    internet.dns.publish('m.huge.example', { A: [mx.host, ...strangers] });
    const id = await sender.send(['ada@huge.example']);
    expect((await sender.settled(id)).status).toBe('delivered');
    expect(await attempts(id)).toMatchObject([{ host: 'm.huge.example', outcome: 'accepted' }]);
    // Asked again over TCP where the answer did not fit into a packet.
    expect(new Set(internet.dns.asked.filter((q) => /^A .*\.huge/.test(q))).size).toBeLessThanOrEqual(10);
  });

  test('of hundreds of hosts is cut to the ten most preferred', async () => {
    const mx = await internet.mx({ names: ['mx0.many.example'] });
    internet.dns.publish('many.example', {
      MX: Array.from({ length: 400 }, (_, i) => ({ priority: i, exchange: `mx${i}.many.example` })),
    });
    const id = await sender.send(['ada@many.example']);
    expect((await sender.settled(id)).status).toBe('delivered');
    expect(mx.received).toHaveLength(1);
    expect(internet.dns.asked.filter((q) => /^A mx\d+\.many/.test(q)).length).toBeLessThanOrEqual(10);
  });
});
