import type { Domain } from 'koltrix';
import { expect, test } from 'vitest';
import { checkSpf } from '../support/authenticate-mail.ts';
import { type Clock, givenClock } from '../support/clock.ts';
import { givenDirect, givenInternet, type Internet } from '../support/direct.ts';
import type { Installation } from '../support/koltrix.ts';
import { handIn, reportOn } from '../support/reports.ts';
import { publishRecords } from '../support/sending-domain.ts';
import type { ReceivedMail, Smarthost } from '../support/smarthost.ts';
import type { Tenant } from '../support/tenant.ts';
import { until } from '../support/until.ts';
import { givenWorld } from '../support/world.ts';

const BOUNCE_DOMAIN = 'bounces.koltrix.example';

let clock: Clock;
let internet: Internet;
let koltrix: Installation;
let mx: Smarthost;
let acme: Tenant;
givenWorld(async (stack) => {
  clock = givenClock();
  internet = stack.use(await givenInternet());
  koltrix = stack.use(await givenDirect(internet, { env: { KOLTRIX_BOUNCE_DOMAIN: BOUNCE_DOMAIN }, now: clock.now }));
  internet.dns.publish(BOUNCE_DOMAIN, {
    MX: [{ priority: 1, exchange: 'mx.koltrix.example' }],
    TXT: ['v=spf1 ip4:203.0.113.7 -all'],
  });
  mx = await internet.mx({ domains: ['receiver.example'] });
  acme = await koltrix.tenant([]);
});

/** Sends to that address and answers what its server got, with the ids of the message. */
async function sent(from: string, to: string): Promise<{ mail: ReceivedMail; email_id: string; uuid: string }> {
  const { id } = await acme.koltrix.emails.send({ from, to: [to], subject: 'Hello', body_text: 'Hello' });
  await acme.settled(id);
  const mail = await until(() => mx.received.find(({ rcpt_to }) => rcpt_to === to));
  const { rows } = await koltrix.database.db.query<{ id: string }>({
    name: 'test.newest_message',
    text: 'select id from outbound_messages where tenant_id = $1 order by id desc limit 1',
    values: [acme.id],
  });
  return { mail, email_id: id, uuid: rows[0]?.id as string };
}

const hostOf = ({ mail_from }: ReceivedMail) => mail_from.slice(mail_from.indexOf('@') + 1);

/** Hands a report on the message to the listener, at the address that the message left with. */
async function bounce({ mail, uuid }: Awaited<ReturnType<typeof sent>>): Promise<void> {
  const message = { email_id: '', message_id: '', uuid, return_path: mail.mail_from };
  const source = await reportOn('postfix-unknown-user', message);
  expect(await handIn(koltrix, { to: mail.mail_from, source })).toMatchObject({ code: 250 });
}

test('a domain’s own return path, from its records to the suppression', async () => {
  const created = await acme.koltrix.domains.create({ name: 'acme.example' });
  publishRecords(internet.dns, created, ['dkim', 'return_path']);
  expect(await acme.koltrix.domains.verify(created.id)).toMatchObject({
    status: 'verified',
    return_path: 'bounces.acme.example',
  });

  const message = await sent('Acme <hello@acme.example>', 'ada@receiver.example');
  expect(message.mail.mail_from).toMatch(/^b\+[0-9a-z]+@bounces\.acme\.example$/);
  // DMARC wants the domain that SPF passes for to be that of the From header, or below it (RFC 7489, 3.1.2).
  expect(await checkSpf(internet.dns, { ip: '203.0.113.7', mail_from: message.mail.mail_from })).toEqual({
    result: 'pass',
    domain: 'bounces.acme.example',
  });
  expect(await checkSpf(internet.dns, { ip: '203.0.113.8', mail_from: message.mail.mail_from })).toMatchObject({
    result: 'fail',
  });

  await bounce(message);
  const email = await acme.koltrix.emails.get(message.email_id);
  expect(email.messages).toMatchObject([{ status: 'bounced' }]);
  expect(await acme.koltrix.suppressions.get('ada@receiver.example')).toMatchObject({
    reason: 'hard',
    source_message_id: email.messages[0]?.id,
  });
  const bounced = await acme.events('email.bounced');
  expect(bounced.map(({ data }) => [data.email_id, data.recipient])).toEqual([
    [message.email_id, 'ada@receiver.example'],
  ]);
});

test('when its record disappears, mail leaves by the installation’s bounce domain, and its reports still count', async () => {
  const created = await acme.koltrix.domains.create({ name: 'fading.example' });
  publishRecords(internet.dns, created, ['dkim', 'return_path']);
  await acme.koltrix.domains.verify(created.id);
  const before = await sent('hello@fading.example', 'bob@receiver.example');
  expect(hostOf(before.mail)).toBe('bounces.fading.example');

  internet.dns.withdraw('bounces.fading.example');
  clock.advance({ hours: 7 });
  koltrix.deps.hints.give('domains');
  const faded = await until(async () => {
    const domain: Domain = await acme.koltrix.domains.get(created.id);
    return domain.return_path === null && domain;
  });
  expect(faded.status).toBe('verified');
  const after = await sent('hello@fading.example', 'eve@receiver.example');
  expect(hostOf(after.mail)).toBe(BOUNCE_DOMAIN);

  // A receiver that knew the record for longer brings its report for the first message after all.
  for (const message of [before, after]) {
    await bounce(message);
    expect((await acme.koltrix.emails.get(message.email_id)).messages).toMatchObject([{ status: 'bounced' }]);
  }
});

test('a record that leads to somebody else is not used', async () => {
  const created = await acme.koltrix.domains.create({ name: 'elsewhere.example' });
  publishRecords(internet.dns, created, ['dkim']);
  internet.dns.publish('bounces.elsewhere.example', { CNAME: 'bounces.other-provider.example' });
  await acme.koltrix.domains.verify(created.id);
  expect(hostOf((await sent('hello@elsewhere.example', 'kim@receiver.example')).mail)).toBe(BOUNCE_DOMAIN);
});

test('a domain that is not verified lends nobody its return path', async () => {
  const created = await acme.koltrix.domains.create({ name: 'half.example' });
  publishRecords(internet.dns, created, ['return_path']);
  expect(await acme.koltrix.domains.verify(created.id)).toMatchObject({ status: 'pending', return_path: null });
});
