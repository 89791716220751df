import { expect, test } from 'vitest';
import { readMime } from '../../server/mail/read-mime.ts';
import { verifyDkim } from '../support/authenticate-mail.ts';
import { givenDirect, givenInternet, givenSender, type Internet, type Sender } from '../support/direct.ts';
import type { Installation } from '../support/koltrix.ts';
import { HTML, hrefs, PUBLIC_URL, pixelOf, visit } from '../support/mailbox.ts';
import { hasPostfix, type PostfixReceiver, startPostfixReceiver } from '../support/postfix-receiver.ts';
import { until } from '../support/until.ts';
import { givenWorld } from '../support/world.ts';

const DOMAIN = 'postfix.example';
const BOUNCE_DOMAIN = 'bounces.koltrix.example';

let internet: Internet;
let koltrix: Installation;
let sender: Sender;
let postfix: PostfixReceiver | undefined;
givenWorld(async (stack) => {
  if (!(await hasPostfix())) {
    expect(process.env.CI, 'CI must have Postfix, and be root').toBeUndefined();
    return;
  }
  internet = stack.use(await givenInternet());
  koltrix = stack.use(
    await givenDirect(internet, { env: { KOLTRIX_BOUNCE_DOMAIN: BOUNCE_DOMAIN, KOLTRIX_PUBLIC_URL: PUBLIC_URL } }),
  );
  sender = await givenSender(koltrix, internet);
  const host = internet.nobody();
  postfix = stack.use(
    await startPostfixReceiver({
      host,
      port: internet.mx_port,
      domain: DOMAIN,
      mailboxes: ['ada', 'eve'],
      bouncing: 'later',
      reports: { domain: BOUNCE_DOMAIN, port: koltrix.inbound_port },
    }),
  );
  internet.dns.publish(`mx.${DOMAIN}`, { A: [host] });
  internet.dns.publish(DOMAIN, { MX: [{ priority: 10, exchange: `mx.${DOMAIN}` }] });
  // Its start is a shell script of several hundred steps, which a busy machine takes a minute for.
});

/** The Postfix of this file; a machine without one, or whose user may not start it, skips the test. */
function running(skip: (note: string) => void): PostfixReceiver {
  if (!postfix) skip('this test wants Postfix, and root to start it');
  return postfix as PostfixReceiver;
}

test('a real Postfix takes the mail over TLS, and has it as it was sent, signed', async ({ skip }) => {
  const { mailbox } = running(skip);
  const body_text = 'Grüße\n.\n..dots\nFrom the start of a line\n';
  const id = await sender.send([`ada@${DOMAIN}`], {
    subject: 'Größe',
    body_text,
    attachments: [
      { filename: 'all.bin', content: Buffer.from(Array.from({ length: 256 }, (_, i) => i)).toString('base64') },
    ],
  });
  expect((await sender.settled(id)).status).toBe('delivered');
  const [attempt] = await Array.fromAsync(sender.koltrix.emails.listAttempts(id));
  expect(attempt).toMatchObject({
    host: `mx.${DOMAIN}`,
    tls: { protocol: 'TLSv1.3' },
    reply: { enhanced_code: '2.0.0' },
  });
  const [stored] = await until(async () => {
    const all = await mailbox('ada');
    return all.length > 0 && all;
  });
  const text = (stored as Buffer).toString();
  expect(text).toMatch(new RegExp(`^Return-Path: <b\\+[^@]+@${BOUNCE_DOMAIN}>`));
  expect(text).toContain(`Delivered-To: ada@${DOMAIN}`);
  expect(text).toMatch(/^Subject: =\?UTF-8\?/im);
  const verdicts = await verifyDkim(internet.dns, Buffer.from(text.replaceAll(/\r?\n/g, '\r\n')));
  expect(verdicts.map((v) => v.result)).toEqual(verdicts.map(() => 'pass'));
  expect(verdicts.map((v) => v.domain)).toContain(sender.from.split('@')[1]);
});

test('its link and its image come back as events', async ({ skip }) => {
  const { mailbox } = running(skip);
  const id = await sender.send([`eve@${DOMAIN}`], { body_html: HTML, track_opens: true, track_clicks: true });
  const [stored] = await until(async () => {
    const all = await mailbox('eve');
    return all.length > 0 && all;
  });
  const verdicts = await verifyDkim(internet.dns, Buffer.from(String(stored).replaceAll(/\r?\n/g, '\r\n')));
  expect(verdicts.map((v) => v.result)).toEqual(verdicts.map(() => 'pass'));
  const html = String((await readMime(stored as Buffer, { timeout_ms: 5_000 }))?.html);
  await visit(koltrix.url, pixelOf(html) as string);
  const click = await visit(koltrix.url, hrefs(html)[0] as string);
  expect(click.headers.get('location')).toBe('https://shop.example/a?x=1&y=2');
  const types = (await Array.fromAsync(sender.koltrix.emails.listEvents(id))).map((e) => e.type);
  expect(types.slice(-2)).toEqual(['email.opened', 'email.clicked']);
  expect((await sender.koltrix.emails.get(id)).status).toBe('clicked');
});

test('what it refuses has bounced, in its words', async ({ skip }) => {
  running(skip);
  const id = await sender.send([`nobody@${DOMAIN}`]);
  expect((await sender.settled(id)).status).toBe('bounced');
  expect(await sender.koltrix.suppressions.get(`nobody@${DOMAIN}`)).toMatchObject({
    reason: 'hard',
    diagnostic: expect.stringContaining('5.1.1'),
  });
});

test('what it takes and cannot deliver comes back as a report, and the message has bounced after all', async ({
  skip,
}) => {
  running(skip);
  const id = await sender.send([`later@${DOMAIN}`]);
  const email = await until(
    async () => {
      const found = await sender.koltrix.emails.get(id);
      return found.status === 'bounced' && found;
    },
    { timeout_ms: 60_000 },
  );
  expect(email.messages[0]).toMatchObject({ status: 'bounced', attempts: 1 });
  const types = (await Array.fromAsync(sender.koltrix.emails.listEvents(id))).map((e) => e.type);
  expect(types).toEqual(['email.queued', 'email.sent', 'email.delivered', 'email.bounced']);
  expect(await sender.koltrix.suppressions.get(`later@${DOMAIN}`)).toMatchObject({ reason: 'hard' });
});
