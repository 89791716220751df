import { expect, test } from 'vitest';
import { freePort } from '../support/free-port.ts';
import { givenKoltrix } from '../support/koltrix.ts';
import { startPostfix } from '../support/postfix.ts';
import { need } from '../support/programs.ts';
import { startSmarthost } from '../support/smarthost.ts';
import { until } from '../support/until.ts';

const BOUNCE_DOMAIN = 'bounces.koltrix.example';

// Skipped where Postfix is not installed, except in CI, where that is a fault.
test('a real Postfix bounces mail to the return path, and confirms what it has delivered', {
  timeout: 120_000,
}, async ({ skip }) => {
  await need('postfix', skip);
  const [smtp, inbound] = [await freePort(), await freePort()];
  await using store = await startSmarthost({
    behave: ({ stage, recipient }) =>
      stage === 'RCPT'
        ? `55${recipient.startsWith('gone@') ? '0 5.1.1 No such user' : '2 5.2.2 Over quota'}`
        : undefined,
  });
  await using postfix = await startPostfix({
    port: smtp,
    transports: {
      // Postfix takes it all, and learns only from the next server that two of them cannot have it.
      'example.com': `smtp:[127.0.0.1]:${store.port}`,
      'ada@example.com': 'discard:',
      [BOUNCE_DOMAIN]: `smtp:[127.0.0.1]:${inbound}`,
    },
  });
  await using koltrix = await givenKoltrix({
    env: {
      KOLTRIX_DELIVERY: postfix.url,
      KOLTRIX_BOUNCE_DOMAIN: BOUNCE_DOMAIN,
      KOLTRIX_INBOUND_PORT: String(inbound),
    },
  });
  const acme = await koltrix.tenant();
  const email = await acme.koltrix.emails.send({
    from: 'Acme <hello@acme.example>',
    to: ['gone@example.com', 'full@example.com', 'ada@example.com'],
    subject: 'Your receipt',
    body_text: 'Thank you!',
  });
  const settled = await until(
    async () => {
      const { messages } = await acme.koltrix.emails.get(email.id);
      return messages.every(({ status }) => status === 'bounced' || status === 'delivered') && messages;
    },
    { timeout_ms: 90_000, every_ms: 200 },
  ).catch(async (error: Error) => {
    throw new Error(`${error.message}; Postfix says:\n${await postfix.log()}`);
  });
  expect(settled.map(({ status }) => status)).toEqual(['bounced', 'bounced', 'delivered']);
  expect(settled[0]?.last_reply).toMatchObject({ smtp_code: 550, enhanced_code: '5.1.1' });
  expect(await acme.events('email.sent')).toHaveLength(3);

  const bounces = await acme.events('email.bounced');
  const classes = bounces.map((e) => e.type === 'email.bounced' && [e.data.recipient, e.data.bounce.class]);
  expect(classes.toSorted()).toEqual([
    ['full@example.com', 'soft'],
    ['gone@example.com', 'hard'],
  ]);
  const suppressions = await Array.fromAsync(acme.koltrix.suppressions.list());
  expect(suppressions.map((s) => [s.address, s.reason, s.expires_at === null]).toSorted()).toEqual([
    ['full@example.com', 'soft', false],
    ['gone@example.com', 'hard', true],
  ]);
  const reports = await Array.fromAsync(acme.koltrix.reports.list());
  expect(reports.map(({ kind, signed, mail_from }) => [kind, signed, mail_from]).toSorted()).toEqual([
    ['bounce', true, ''],
    ['bounce', true, ''],
    ['delivery', true, ''],
  ]);
  const source = Buffer.from(await acme.koltrix.reports.getSource(reports[0]?.id as string)).toString();
  expect(source).toContain('Reporting-MTA: dns; mx.example.com');
});
