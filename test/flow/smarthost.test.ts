import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { showId } from '../../server/store/ids.ts';
import { rows } from '../support/database.ts';
import { doors } from '../support/doors.ts';
import { givenKoltrix, type Installation } from '../support/koltrix.ts';
import { type Smarthost, startSmarthost } from '../support/smarthost.ts';
import { until } from '../support/until.ts';

let smarthost: Smarthost;
let koltrix: Installation;
beforeAll(async () => {
  smarthost = await startSmarthost({ extensions: ['PIPELINING', 'DSN', '8BITMIME', 'SMTPUTF8', 'AUTH PLAIN LOGIN'] });
  const url = `smtp://us%40er:p%3Ass%2Fw@127.0.0.1:${smarthost.port}`;
  koltrix = await givenKoltrix({ env: { KOLTRIX_DELIVERY: url, KOLTRIX_SMTP_CONNECTIONS: '3' } });
});
afterAll(async () => {
  await smarthost[Symbol.asyncDispose]();
  await koltrix[Symbol.asyncDispose]();
});
afterEach(() => {
  smarthost.behave = () => undefined;
  smarthost.received.splice(0);
});

describe.each(doors)('mail from $name', ({ submit }) => {
  test('is sent, not delivered, with the smarthost’s reply on message and event', async () => {
    const acme = await koltrix.tenant();
    const id = await submit(acme, { to: ['ada@example.test'], bcc: ['eve@example.test'], subject: 'Hello' });
    const email = await acme.settled(id);
    expect(email.status).toBe('sent');
    expect(email.messages).toHaveLength(2);
    for (const message of email.messages) {
      expect(message).toMatchObject({
        status: 'sent',
        attempts: 1,
        next_attempt_at: null,
        last_reply: { smtp_code: 250, enhanced_code: '2.0.0', text: '250 2.0.0 Queued as 4711' },
      });
    }
    const sent = await acme.events('email.sent');
    expect(sent.map((e) => e.data.message_id).sort()).toEqual(email.messages.map((m) => m.id).sort());
    expect(sent[0]?.data).toMatchObject({
      delivery: { host: '127.0.0.1', attempt: 1, smtp_code: 250, response: '250 2.0.0 Queued as 4711' },
    });
    expect(await acme.events('email.delivered')).toEqual([]);
    expect(smarthost.received.map((m) => m.rcpt_to).sort()).toEqual(['ada@example.test', 'eve@example.test']);
    for (const { message, mail_from } of smarthost.received) {
      expect(mail_from).toBe('hello@acme.example');
      expect(message.toString()).not.toMatch(/eve@|^bcc:/im);
    }
  });
});

test('the smarthost is asked for reports under the message’s id, over a connection that has logged in', async () => {
  const acme = await koltrix.tenant();
  const { id } = await acme.koltrix.emails.send({
    from: 'Grüße <hello@acme.example>',
    to: ['Zoë <zoë@exämple.test>'],
    subject: 'Grüße',
    body_text: 'Grüße',
  });
  const email = await acme.settled(id);
  const [received] = smarthost.received;
  const envid = /ENVID=(\S+)/.exec(received?.mail_parameters ?? '')?.[1] as string;
  expect(showId('msg', envid)).toBe(email.messages[0]?.id);
  expect(received?.rcpt_parameters).toMatch(/NOTIFY=FAILURE,DELAY( |$)/);
  expect(received?.mail_parameters).toMatch(/^SMTPUTF8 .*RET=HDRS/);
  expect(received?.rcpt_to).toBe('zoë@xn--exmple-cua.test');
  expect(received?.login).toEqual({ user: 'us@er', pass: 'p:ss/w' });
  expect(received?.message.toString()).toContain(`Message-ID: <${email.messages[0]?.id}@acme.example>`);
});

test('many messages share few connections', async () => {
  const acme = await koltrix.tenant();
  const before = smarthost.connections;
  smarthost.most_open = 0;
  const emails = Array.from({ length: 150 }, (_, i) => ({
    from: 'hello@acme.example',
    to: [`ada+${i}@example.test`],
    subject: 'Hello',
    body_text: 'Hello',
  }));
  await acme.koltrix.emails.sendBatch({ emails });
  await until(() => smarthost.received.length === 150);
  expect(smarthost.most_open).toBeLessThanOrEqual(3);
  expect(smarthost.connections - before).toBeLessThanOrEqual(8);
  expect(new Set(smarthost.received.map((m) => m.rcpt_to)).size).toBe(150);
});

test('one recipient’s refusal is not another’s', async () => {
  const acme = await koltrix.tenant();
  const replies: Record<string, string> = {
    'hard@example.test': '550 5.1.1 Nobody',
    'full@example.test': '552 5.2.2 Full',
    'block@example.test': '554 5.7.1 Spam',
    'odd@example.test': '554 Transaction failed',
    'later@example.test': '450 4.2.0 Later',
  };
  smarthost.behave = ({ stage, recipient }) => (stage === 'RCPT' ? replies[recipient] : undefined);
  const { id } = await acme.koltrix.emails.send({
    from: 'hello@acme.example',
    to: ['ada@example.test', ...Object.keys(replies)],
    subject: 'Hello',
    body_text: 'Hello',
  });
  const email = await until(async () => {
    const now = await acme.koltrix.emails.get(id);
    return now.messages.every((m) => m.last_reply) && now;
  });
  expect(email.status).toBe('queued');
  const states = Object.fromEntries(email.messages.map((m) => [m.recipient.split('@')[0], m.status]));
  expect(states).toEqual({
    ada: 'sent',
    hard: 'bounced',
    full: 'bounced',
    block: 'bounced',
    odd: 'bounced',
    later: 'queued',
  });
  const suppressions = await Array.fromAsync(acme.koltrix.suppressions.list());
  const seen = Object.fromEntries(suppressions.map((s) => [s.address.split('@')[0], s]));
  expect(Object.keys(seen).sort()).toEqual(['block', 'full', 'hard', 'odd']);
  expect(seen.hard).toMatchObject({ reason: 'hard', expires_at: null, diagnostic: '550 5.1.1 Nobody' });
  for (const [name, reason] of [
    ['full', 'soft'],
    ['block', 'block'],
    ['odd', 'unknown'],
  ] as const) {
    expect(seen[name]?.reason).toBe(reason);
    const span_ms = Date.parse(seen[name]?.expires_at ?? '') - Date.parse(seen[name]?.created_at ?? '');
    expect(Math.abs(span_ms - 86_400_000)).toBeLessThan(60_000);
  }
  const bounces = await acme.events('email.bounced');
  expect(bounces.map((e) => e.type === 'email.bounced' && e.data.bounce.class).sort()).toEqual([
    'block',
    'hard',
    'soft',
    'unknown',
  ]);
  expect(await acme.events('email.delivery_delayed')).toHaveLength(1);
});

test('a short suppression ends by itself, and mail goes again', async () => {
  const acme = await koltrix.tenant();
  smarthost.behave = ({ stage }) => (stage === 'RCPT' ? '554 5.7.1 Spam' : undefined);
  const mail = { from: 'hello@acme.example', to: ['ada@example.test'], subject: 'Hello', body_text: 'Hello' };
  expect((await acme.settled((await acme.koltrix.emails.send(mail)).id)).status).toBe('bounced');
  smarthost.behave = () => undefined;
  expect((await acme.settled((await acme.koltrix.emails.send(mail)).id)).status).toBe('suppressed');
  await rows(koltrix.database.db, `update suppressions set expires_at = now() - interval '1 s' where tenant_id = $1`, [
    acme.id,
  ]);
  expect((await acme.settled((await acme.koltrix.emails.send(mail)).id)).status).toBe('sent');
});

test('a message that cannot be built fails, says why, and suppresses nobody', async () => {
  const acme = await koltrix.tenant();
  await koltrix.stopWorker();
  const { id } = await acme.koltrix.emails.send({
    from: 'hello@acme.example',
    to: ['ada@example.test'],
    subject: 'Hello',
    body_text: 'Hello',
  });
  await rows(koltrix.database.db, `update emails set content = '{"from":"","to":[]}' where tenant_id = $1`, [acme.id]);
  await koltrix.startWorker();
  const failed = await until(async () => (await acme.events('email.failed'))[0]);
  expect(failed.data).toMatchObject({ email_id: id, failure: { reason: 'rendering' } });
  const attempts = await rows(
    koltrix.database.db,
    `select a.outcome, a.host, m.status::text from attempts a join outbound_messages m on m.id = a.message_id
      where m.tenant_id = $1`,
    [acme.id],
  );
  expect(attempts).toEqual([{ outcome: 'refused', host: null, status: 'failed' }]);
  expect(await Array.fromAsync(acme.koltrix.suppressions.list())).toEqual([]);
  expect(smarthost.received).toEqual([]);
});
