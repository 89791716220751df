import type { Report } from 'koltrix';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { startInbound } from '../../server/inbound/server.ts';
import { returnPath, unsubscribeAddress } from '../../server/mail/return-path.ts';
import { createTokens } from '../../server/mail/token.ts';
import { newId } from '../../server/store/ids.ts';
import { givenKoltrix, type Installation } from '../support/koltrix.ts';
import { givenSent, handIn, reportOn, type SentMessage } from '../support/reports.ts';
import { type Smarthost, startSmarthost } from '../support/smarthost.ts';
import { connectSmtp } from '../support/smtp-client.ts';
import type { Tenant } from '../support/tenant.ts';

const BOUNCE_DOMAIN = 'bounces.koltrix.example';
let smarthost: Smarthost;
let koltrix: Installation;
let acme: Tenant;
let sent: SentMessage;
beforeAll(async () => {
  smarthost = await startSmarthost();
  koltrix = await givenKoltrix({ env: { KOLTRIX_DELIVERY: smarthost.url, KOLTRIX_BOUNCE_DOMAIN: BOUNCE_DOMAIN } });
});
afterAll(async () => {
  await koltrix[Symbol.asyncDispose]();
  await smarthost[Symbol.asyncDispose]();
});
beforeEach(async () => {
  acme = await koltrix.tenant();
  sent = await givenSent(koltrix, acme, smarthost);
});

const reports = (tenant = acme): Promise<Report[]> => Array.fromAsync(tenant.koltrix.reports.list({ limit: 100 }));

/** Nothing has happened to the message, nor to its recipient. */
async function expectUnharmed(): Promise<void> {
  expect((await acme.koltrix.emails.get(sent.email_id)).status).toBe('sent');
  expect(await Array.fromAsync(acme.koltrix.suppressions.list())).toEqual([]);
  expect((await acme.events()).map(({ type }) => type)).toEqual(['email.queued', 'email.sent']);
}

describe('at RCPT', () => {
  test('a forged, cut, changed or foreign token is refused, and so is everything that is none', async () => {
    const [local] = sent.return_path.split('@') as [string];
    const foreign = createTokens('a secret that somebody else has');
    const addresses = [
      `${local.slice(0, -1)}@${BOUNCE_DOMAIN}`,
      `${local}0@${BOUNCE_DOMAIN}`,
      `${local.slice(0, -1)}${local.endsWith('0') ? '1' : '0'}@${BOUNCE_DOMAIN}`,
      returnPath(foreign, sent.uuid, BOUNCE_DOMAIN),
      // Signed by us, but for another purpose.
      `b+${koltrix.deps.tokens.sign('unsubscribe', sent.uuid)}@${BOUNCE_DOMAIN}`,
      `u+${local.slice(2)}@${BOUNCE_DOMAIN}`,
      `b+@${BOUNCE_DOMAIN}`,
      `b@${BOUNCE_DOMAIN}`,
      `hello@${BOUNCE_DOMAIN}`,
      `"${local} "@${BOUNCE_DOMAIN}`,
      'hello@acme.example',
      'postmaster@elsewhere.example',
      // No open relay, by none of the old routes.
      'victim@example.com',
      `victim%example.com@${BOUNCE_DOMAIN}`,
      `@${BOUNCE_DOMAIN}:victim@example.com`,
    ];
    using client = await connectSmtp(koltrix.inbound_port);
    await client.command('EHLO attacker.test');
    for (const address of addresses) {
      await client.command('RSET');
      await client.command('MAIL FROM:<>');
      const reply = await client.command(`RCPT TO:<${address}>`);
      expect([address, reply]).toEqual([address, expect.stringMatching(/^(550 5\.1\.1|501)/)]);
      expect(await client.command('DATA')).toMatch(/^503/);
    }
    await expectUnharmed();
    expect(await reports()).toEqual([]);
  });

  test('a token for a message that is not there is taken to the end and refused', async () => {
    const to = returnPath(koltrix.deps.tokens, newId(), BOUNCE_DOMAIN);
    const source = await reportOn('postfix-unknown-user', { ...sent, return_path: to });
    const [before] = [await reports()];
    expect(await handIn(koltrix, { to, source: source.toString().replaceAll(sent.message_id, 'x') })).toMatchObject({
      code: 550,
    });
    expect(await reports()).toEqual(before);
    await expectUnharmed();
  });

  test('one message has one recipient, AUTH is not offered, and the reply names no address of ours', async () => {
    using client = await connectSmtp(koltrix.inbound_port);
    const hello = await client.command('EHLO attacker.test');
    expect(hello).not.toMatch(/AUTH|XCLIENT|STARTTLS/);
    expect(await client.command('AUTH PLAIN AGFueQB4')).toMatch(/^5/);
    await client.command('MAIL FROM:<>');
    expect(await client.command(`RCPT TO:<${sent.return_path}>`)).toMatch(/^250/);
    expect(
      await client.command(`RCPT TO:<${unsubscribeAddress(koltrix.deps.tokens, sent.uuid, BOUNCE_DOMAIN)}>`),
    ).toMatch(/^452 4\.5\.3/);
    expect(await client.command(`VRFY ${sent.return_path}`)).not.toContain(sent.return_path);
  });
});

describe('a report without a token of ours', () => {
  test('that names the message by its Message-ID or envelope id is kept, and changes nothing', async () => {
    const source = (await reportOn('postfix-unknown-user', { ...sent, return_path: 'hello@acme.example' })).toString();
    expect(await handIn(koltrix, { to: `postmaster@${BOUNCE_DOMAIN}`, source })).toMatchObject({ code: 250 });
    const by_envelope = source
      .replaceAll(sent.message_id, 'other')
      .replace('Reporting-MTA:', `Original-Envelope-Id: ${sent.uuid}\r\nReporting-MTA:`);
    expect(await handIn(koltrix, { to: `abuse@${BOUNCE_DOMAIN}`, source: by_envelope })).toMatchObject({ code: 250 });
    const complaint = await reportOn('arf-abuse', { ...sent, return_path: 'hello@acme.example' });
    expect(await handIn(koltrix, { to: `fbl@${BOUNCE_DOMAIN}`, source: complaint })).toMatchObject({ code: 250 });
    expect((await reports()).map(({ kind, signed, event_id }) => [kind, signed, event_id])).toEqual([
      ['complaint', false, null],
      ['bounce', false, null],
      ['bounce', false, null],
    ]);
    await expectUnharmed();
  });

  test('that names none of our messages is refused: nobody could read it', async () => {
    for (const name of ['person', 'no-structure', 'empty']) {
      const source = await reportOn(name, { ...sent, return_path: 'x@acme.example' });
      expect(await handIn(koltrix, { to: `fbl@${BOUNCE_DOMAIN}`, source })).toMatchObject({ code: 550 });
    }
    expect(await reports()).toEqual([]);
  });

  test('cannot fill the places of the real ones, however often it comes', async () => {
    const source = (await reportOn('person', { ...sent, return_path: 'hello@acme.example' })).toString();
    const flood = Array.from({ length: 9 }, (_, i) => `${source}<${sent.message_id}@acme.example> ${i}\r\n`);
    const codes: number[] = [];
    for (const text of flood) codes.push((await handIn(koltrix, { to: `fbl@${BOUNCE_DOMAIN}`, source: text })).code);
    expect(codes).toEqual([250, 250, 250, 250, 250, 550, 550, 550, 550]);
    await handIn(koltrix, { to: sent.return_path, source: await reportOn('qmail-no-mailbox', sent) });
    expect((await acme.koltrix.emails.get(sent.email_id)).status).toBe('bounced');
  });
});

describe('a report with a token', () => {
  test('speaks of its own message alone, whatever others it names', async () => {
    const umbrella = await koltrix.tenant();
    const theirs = await givenSent(koltrix, umbrella, smarthost, 'eve@example.com');
    const source = (await reportOn('postfix-unknown-user', theirs)).toString().replaceAll('ada@', 'eve@');
    await handIn(koltrix, { to: sent.return_path, source });
    expect((await umbrella.koltrix.emails.get(theirs.email_id)).status).toBe('sent');
    expect(await Array.fromAsync(umbrella.koltrix.suppressions.list())).toEqual([]);
    expect(await reports(umbrella)).toEqual([]);
    expect((await Array.fromAsync(acme.koltrix.suppressions.list())).map((s) => s.address)).toEqual([
      'ada@example.com',
    ]);
    const [report] = await reports();
    await expect(umbrella.koltrix.reports.get(report?.id as string)).rejects.toMatchObject({ status: 404 });
    await expect(umbrella.koltrix.reports.getSource(report?.id as string)).rejects.toMatchObject({ status: 404 });
  });

  test('in a flood is kept up to a bound, and takes no other message with it', { timeout: 120_000 }, async () => {
    const source = (await reportOn('vacation', sent)).toString();
    const codes: number[] = [];
    for (let batch = 0; batch < 4; batch++) {
      const flood = Array.from({ length: 20 }, (_, i) => `${source}${batch} ${i}\r\n`);
      const handed = await Promise.all(flood.map((text) => handIn(koltrix, { to: sent.return_path, source: text })));
      codes.push(...handed.map(({ code }) => code));
    }
    expect(codes.slice(0, 40)).toEqual(Array(40).fill(250));
    expect(codes.slice(60)).toEqual(Array(20).fill(550));
    // Those that come at the same moment see the same count.
    expect((await reports()).length).toBeLessThan(70);
    const other = await givenSent(koltrix, acme, smarthost, 'bob@example.com');
    const bounce = (await reportOn('exim-report', other)).toString().replaceAll('ada@', 'bob@');
    expect(await handIn(koltrix, { to: other.return_path, source: bounce })).toMatchObject({ code: 250 });
  });

  test('that is huge is kept in part, and what it says is read', async () => {
    const text = (await reportOn('postfix-unknown-user', sent)).toString();
    const huge = text.replace(
      /\r\n--AA11BB22--\r\n$/,
      `\r\n\r\n${`${'x'.repeat(998)}\r\n`.repeat(3_000)}--AA11BB22--\r\n`,
    );
    expect(await handIn(koltrix, { to: sent.return_path, source: huge })).toMatchObject({ code: 250 });
    const [report] = await reports();
    expect(report).toMatchObject({ kind: 'bounce', truncated: true });
    expect(report?.size_bytes).toBeGreaterThan(3_000_000);
    expect((await acme.koltrix.reports.getSource(report?.id as string)).byteLength).toBe(1024 * 1024);
  });

  test('holding control characters, bad UTF-8 or a thousand parts does no harm', async () => {
    const text = (await reportOn('postfix-unknown-user', sent)).toString('latin1');
    const dirty = text
      .replace('User unknown', 'User \x00\x07\xff\xfe unknown')
      .replace('dns; mx.example.com', 'dns; m\x00x');
    expect(await handIn(koltrix, { to: sent.return_path, source: Buffer.from(dirty, 'latin1') })).toMatchObject({
      code: 250,
    });
    const parts = Array.from(
      { length: 1_000 },
      (_, i) => `--b\r\nContent-Type: multipart/mixed; boundary="b${i}"\r\n\r\n--b${i}\r\n`,
    );
    const nested = `Content-Type: multipart/report; boundary="b"\r\n\r\n${parts.join('')}`;
    expect(await handIn(koltrix, { to: sent.return_path, source: nested })).toMatchObject({ code: 250 });
    expect((await reports()).map(({ kind }) => kind)).toEqual(['unknown', 'bounce']);
  });

  test('cannot smuggle a second transaction in behind a bare line end', async () => {
    using client = await connectSmtp(koltrix.inbound_port);
    await client.command('EHLO attacker.test');
    await client.command('MAIL FROM:<>');
    await client.command(`RCPT TO:<${sent.return_path}>`);
    await client.command('DATA');
    const second = (await reportOn('vacation', sent)).toString();
    for (const end of ['\n.\n', '\n.\r\n', '\r.\r', '\r\n.\n']) {
      client.write(
        `x${end}MAIL FROM:<>\r\nRCPT TO:<${sent.return_path}>\r\nDATA\r\n${second.replaceAll('\r\n.\r\n', '')}`,
      );
    }
    expect(await client.command('\r\n.')).toMatch(/^250/);
    expect(await client.command('NOOP')).toMatch(/^250/);
    expect(await reports()).toHaveLength(1);
    expect((await acme.koltrix.emails.get(sent.email_id)).status).toBe('sent');
  });
});

describe('slow and hostile clients', () => {
  const start = (limits: Parameters<typeof startInbound>[1]['limits']) =>
    startInbound(
      { ...koltrix.deps, newId },
      {
        host: '127.0.0.1',
        port: 0,
        name: 'inbound.test',
        tls: undefined,
        tokens: koltrix.deps.tokens,
        bounce_domain: BOUNCE_DOMAIN,
        ...(limits && { limits }),
      },
    );

  test('get no more connections, commands and unknown recipients than they are granted', async () => {
    await using inbound = await start({
      max_connections_per_address: 2,
      max_commands_without_mail: 12,
      max_refusals_per_minute: 3,
    });
    {
      using one = await connectSmtp(inbound.port);
      using two = await connectSmtp(inbound.port);
      using three = await connectSmtp(inbound.port);
      three.write('EHLO x\r\n');
      await expect.poll(() => three.socket.readyState).not.toBe('open');
      await one.command('EHLO attacker.test');
      await one.command('MAIL FROM:<>');
      for (let i = 0; i < 3; i++) expect(await one.command(`RCPT TO:<a${i}@${BOUNCE_DOMAIN}>`)).toMatch(/^550/);
      expect(await one.command(`RCPT TO:<b@${BOUNCE_DOMAIN}>`)).toMatch(/^421 4\.7\.0/);
      for (let i = 0; i < 12; i++) expect(await two.command('NOOP')).toMatch(/^250/);
      expect(await two.command('NOOP')).toMatch(/^421 4\.7\.0/);
    }
  });

  test('get no more messages a minute than they are granted, and are told to come later', async () => {
    await using inbound = await start({ max_messages_per_minute: 2 });
    const source = await reportOn('vacation', sent);
    const codes: number[] = [];
    for (let i = 0; i < 3; i++)
      codes.push((await handIn({ inbound_port: inbound.port }, { to: sent.return_path, source })).code);
    expect(codes).toEqual([250, 250, 450]);
  });

  test('are cut off when a message drips, when they say nothing, and when a session never ends', async () => {
    await using inbound = await start({ data_timeout_ms: 300, idle_timeout_ms: 400, session_timeout_ms: 1_000 });
    using dripping = await connectSmtp(inbound.port);
    await dripping.command('EHLO attacker.test');
    await dripping.command('MAIL FROM:<>');
    await dripping.command(`RCPT TO:<${sent.return_path}>`);
    await dripping.command('DATA');
    const drip = setInterval(() => dripping.write('x'), 50);
    using silent = await connectSmtp(inbound.port);
    using busy = await connectSmtp(inbound.port);
    const chat = setInterval(() => busy.write('NOOP\r\n'), 50);
    for (const { socket } of [dripping, silent, busy]) {
      await expect.poll(() => socket.readyState).not.toBe('open');
    }
    clearInterval(drip);
    clearInterval(chat);
    expect(await reports()).toEqual([]);
  });

  test('do not keep the listener from stopping', async () => {
    const inbound = await start({ drain_timeout_ms: 300 });
    using idle = await connectSmtp(inbound.port);
    using midway = await connectSmtp(inbound.port);
    await midway.command('EHLO attacker.test');
    await midway.command('MAIL FROM:<>');
    await midway.command(`RCPT TO:<${sent.return_path}>`);
    await midway.command('DATA');
    midway.write('Subject: never ends\r\n');
    const started_ms = performance.now();
    await inbound[Symbol.asyncDispose]();
    expect(performance.now() - started_ms).toBeLessThan(20_000);
    await expect.poll(() => idle.socket.readyState).not.toBe('open');
    expect(await reports()).toEqual([]);
  });
});
