import type { Event, EventType, Report } from 'koltrix';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { unsubscribeAddress } from '../../server/mail/return-path.ts';
import { givenKoltrix, type Installation } from '../support/koltrix.ts';
import { givenSent, handIn, reportOn, type SentMessage } from '../support/reports.ts';
import { type Smarthost, startSmarthost } from '../support/smarthost.ts';
import type { Tenant } from '../support/tenant.ts';
import { until } from '../support/until.ts';

const BOUNCE_DOMAIN = 'bounces.koltrix.example';

let smarthost: Smarthost;
let koltrix: Installation;
let acme: Tenant;
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
});

const reports = (tenant = acme): Promise<Report[]> => Array.fromAsync(tenant.koltrix.reports.list({ limit: 100 }));
const suppressions = () => Array.fromAsync(acme.koltrix.suppressions.list());
const statusOf = async ({ email_id }: SentMessage) => (await acme.koltrix.emails.get(email_id)).status;

/** The one event of that type, once it can be read. */
async function eventOf<Type extends EventType>(type: Type): Promise<Extract<Event, { type: Type }>> {
  const events = await until(async () => {
    const found = await acme.events(type);
    return found.length ? found : undefined;
  });
  expect(events).toHaveLength(1);
  return events[0] as Extract<Event, { type: Type }>;
}

describe('mail that leaves', () => {
  test('has a return path that names its message, and asks for reports', async () => {
    const sent = await givenSent(koltrix, acme, smarthost);
    expect(sent.return_path).toMatch(/^b\+[0-9a-hj-km-np-tv-z]{44}@bounces\.koltrix\.example$/);
    const received = smarthost.received.find(({ mail_from }) => mail_from === sent.return_path);
    expect(received?.rcpt_parameters).toContain('NOTIFY=FAILURE,DELAY,SUCCESS');
    const other = await givenSent(koltrix, acme, smarthost);
    expect(other.return_path).not.toBe(sent.return_path);
    expect(koltrix.deps.tokens.read('verp', sent.return_path.slice(2).split('@')[0] as string)).toMatchObject({
      message_id: sent.uuid,
    });
  });
});

describe('a delivery report', () => {
  test('that says "failed" bounces the message and suppresses the address, and its text can be read', async () => {
    const sent = await givenSent(koltrix, acme, smarthost);
    expect(await statusOf(sent)).toBe('sent');
    const source = await reportOn('postfix-unknown-user', sent);
    expect(await handIn(koltrix, { to: sent.return_path, source })).toMatchObject({ code: 250 });
    // The 250 came after the commit.
    expect(await statusOf(sent)).toBe('bounced');
    const [report, ...more] = await reports();
    expect(more).toEqual([]);
    const { data, id } = await eventOf('email.bounced');
    expect(data).toMatchObject({
      message_id: sent.message_id,
      recipient: 'ada@example.com',
      bounce: { class: 'hard', smtp_code: 550, enhanced_code: '5.1.1', report_id: report?.id },
    });
    expect(report).toMatchObject({
      kind: 'bounce',
      signed: true,
      message_id: sent.message_id,
      email_id: sent.email_id,
      recipient: 'ada@example.com',
      event_id: id,
      mail_from: '',
      rcpt_to: sent.return_path,
      remote_address: '127.0.0.1',
      reporting_mta: 'mx.example.com',
      smtp_code: 550,
      enhanced_code: '5.1.1',
      size_bytes: source.length,
      truncated: false,
    });
    expect(await acme.koltrix.reports.get(report?.id as string)).toEqual(report);
    const text = await acme.koltrix.reports.getSource(report?.id as string);
    expect(Buffer.from(text).equals(source)).toBe(true);
    expect(await suppressions()).toMatchObject([
      {
        address: 'ada@example.com',
        reason: 'hard',
        expires_at: null,
        source_message_id: sent.message_id,
        diagnostic: expect.stringMatching(/^550 5\.1\.1 /),
      },
    ]);
    expect((await acme.koltrix.emails.get(sent.email_id)).messages[0]?.last_reply).toMatchObject({
      smtp_code: 550,
      enhanced_code: '5.1.1',
    });
  });

  test.each([
    ['zimbra-over-quota', 'soft'],
    ['office365-authentication', 'block'],
    ['yahoo-text-disabled', 'unknown'],
  ])('of the shape %s suppresses for a day, being %s', async (name, reason) => {
    const sent = await givenSent(koltrix, acme, smarthost);
    await handIn(koltrix, { to: sent.return_path, source: await reportOn(name, sent) });
    expect((await eventOf('email.bounced')).data.bounce.class).toBe(reason);
    const [suppression] = await suppressions();
    expect(suppression?.reason).toBe(reason);
    const hours = (Date.parse(suppression?.expires_at ?? '') - Date.now()) / 3_600_000;
    expect(hours).toBeGreaterThan(23.9);
    expect(hours).toBeLessThanOrEqual(24);
  });

  test('of a delay is an event and nothing more', async () => {
    const sent = await givenSent(koltrix, acme, smarthost);
    await handIn(koltrix, { to: sent.return_path, source: await reportOn('postfix-delayed', sent) });
    expect((await eventOf('email.delivery_delayed')).data.delay).toMatchObject({
      retry_at: null,
      class: 'soft',
      smtp_code: 450,
      enhanced_code: '4.2.0',
    });
    expect(await statusOf(sent)).toBe('sent');
    expect(await suppressions()).toEqual([]);
  });

  test('of success confirms what a smarthost took; a bounce after it still counts', async () => {
    const sent = await givenSent(koltrix, acme, smarthost);
    await handIn(koltrix, { to: sent.return_path, source: await reportOn('postfix-delivered', sent) });
    expect((await eventOf('email.delivered')).data.delivery).toMatchObject({ host: 'mx.example.com', smtp_code: 250 });
    expect(await statusOf(sent)).toBe('delivered');
    await handIn(koltrix, { to: sent.return_path, source: await reportOn('exim-report', sent) });
    await eventOf('email.bounced');
    expect(await statusOf(sent)).toBe('bounced');
    // What comes too late changes nothing, but is kept.
    const late = (await reportOn('postfix-delivered', sent)).toString().replace('9F', 'AF');
    expect(await handIn(koltrix, { to: sent.return_path, source: late })).toMatchObject({ code: 250 });
    expect(await statusOf(sent)).toBe('bounced');
    expect((await reports()).map((r) => [r.kind, r.event_id !== null])).toEqual([
      ['delivery', false],
      ['bounce', true],
      ['delivery', true],
    ]);
  });

  test('that comes twice does nothing twice', async () => {
    const sent = await givenSent(koltrix, acme, smarthost);
    const source = await reportOn('gmail-delayed', sent);
    const again = Buffer.concat([Buffer.from('Received: by another way\r\n'), source]);
    const together = await Promise.all(
      [source, source, again].map((s) => handIn(koltrix, { to: sent.return_path, source: s })),
    );
    expect(together.map(({ code }) => code)).toEqual([250, 250, 250]);
    expect(await handIn(koltrix, { to: sent.return_path.toUpperCase(), source })).toMatchObject({ code: 250 });
    expect(await reports()).toHaveLength(1);
    await eventOf('email.delivery_delayed');
  });

  test('is told to come again while its message is still on its way', async () => {
    smarthost.behave = ({ stage }) => (stage === 'message' ? '451 4.3.0 Not yet' : undefined);
    const email = await acme.koltrix.emails.send({
      from: 'hello@acme.example',
      to: ['ada@example.com'],
      subject: 'Slow',
      body_text: '…',
    });
    await until(async () => (await acme.events('email.delivery_delayed')).length || undefined);
    smarthost.behave = () => undefined;
    const { rows } = await koltrix.database.db.query<{ id: string }>({
      name: 'test.one_message',
      text: 'select id from outbound_messages where tenant_id = $1',
      values: [acme.id],
    });
    const uuid = rows[0]?.id as string;
    const return_path = `b+${koltrix.deps.tokens.sign('verp', uuid)}@${BOUNCE_DOMAIN}`;
    const sent = { email_id: email.id, message_id: email.messages[0]?.id as string, uuid, return_path };
    const source = await reportOn('qmail-no-mailbox', sent);
    expect(await handIn(koltrix, { to: return_path, source })).toMatchObject({ code: 451 });
    expect(await reports()).toEqual([]);
    expect(await suppressions()).toEqual([]);
  });
});

describe('what is no report on the delivery', () => {
  test.each(['vacation', 'out-of-office', 'read-receipt', 'person', 'no-structure', 'cut-off', 'postfix-relayed'])(
    '(%s) is kept and changes nothing',
    async (name) => {
      const sent = await givenSent(koltrix, acme, smarthost);
      const source = await reportOn(name, sent);
      const handed = await handIn(koltrix, { from: 'ada@example.com', to: sent.return_path, source });
      expect(handed).toMatchObject({ code: 250 });
      expect(await statusOf(sent)).toBe('sent');
      expect(await suppressions()).toEqual([]);
      const [report] = await reports();
      expect(report).toMatchObject({ event_id: null, mail_from: 'ada@example.com', signed: true });
      expect(['notice', 'unknown']).toContain(report?.kind);
    },
  );

  test('is counted by its kind', async () => {
    const sent = await givenSent(koltrix, acme, smarthost);
    for (const name of ['vacation', 'no-structure', 'person']) {
      await handIn(koltrix, { to: sent.return_path, source: await reportOn(name, sent) });
    }
    expect(await Array.fromAsync(acme.koltrix.reports.list({ kind: 'unknown' }))).toHaveLength(2);
    expect(await Array.fromAsync(acme.koltrix.reports.list({ message_id: sent.message_id }))).toHaveLength(3);
  });
});

describe('a complaint', () => {
  test('to the return path suppresses for good and is an event', async () => {
    const sent = await givenSent(koltrix, acme, smarthost);
    await handIn(koltrix, { from: 'fbl@example.com', to: sent.return_path, source: await reportOn('arf-abuse', sent) });
    expect((await eventOf('email.complained')).data.complaint).toMatchObject({ feedback_type: 'abuse' });
    expect(await statusOf(sent)).toBe('complained');
    expect(await suppressions()).toMatchObject([{ reason: 'complaint', expires_at: null }]);
  });

  test.each(['arf-yahoo', 'jmrp'])('of a feedback loop (%s) is matched by the token within', async (name) => {
    const sent = await givenSent(koltrix, acme, smarthost);
    const source = await reportOn(name, sent);
    const handed = await handIn(koltrix, { from: 'feedback@example.com', to: `fbl@${BOUNCE_DOMAIN}`, source });
    expect(handed).toMatchObject({ code: 250 });
    await eventOf('email.complained');
    expect((await reports())[0]).toMatchObject({ kind: 'complaint', signed: true });
  });

  test('that calls the mail no spam is none', async () => {
    const sent = await givenSent(koltrix, acme, smarthost);
    await handIn(koltrix, { to: sent.return_path, source: await reportOn('arf-not-spam', sent) });
    expect(await statusOf(sent)).toBe('sent');
    expect(await reports()).toMatchObject([{ kind: 'notice', feedback_type: 'not-spam', event_id: null }]);
  });
});

describe('mail to the unsubscribe address', () => {
  const wish = 'From: ada@example.com\r\nSubject: unsubscribe\r\n\r\n';

  test('takes the recipient off, whatever it says', async () => {
    const sent = await givenSent(koltrix, acme, smarthost);
    const to = unsubscribeAddress(koltrix.deps.tokens, sent.uuid, BOUNCE_DOMAIN);
    expect(await handIn(koltrix, { from: 'ada@example.com', to, source: wish })).toMatchObject({ code: 250 });
    expect((await eventOf('email.unsubscribed')).data.unsubscribe).toMatchObject({ method: 'mailto' });
    expect(await statusOf(sent)).toBe('sent');
    expect(await suppressions()).toMatchObject([
      { address: 'ada@example.com', reason: 'unsubscribe', expires_at: null, source_message_id: sent.message_id },
    ]);
    expect(await reports()).toMatchObject([{ kind: 'unsubscribe', signed: true }]);
  });

  test('takes nobody off when it is a reply of a program, a report, or from nobody', async () => {
    const sent = await givenSent(koltrix, acme, smarthost);
    const to = unsubscribeAddress(koltrix.deps.tokens, sent.uuid, BOUNCE_DOMAIN);
    for (const name of ['vacation', 'postfix-unknown-user', 'arf-abuse']) {
      expect(await handIn(koltrix, { from: 'x@example.com', to, source: await reportOn(name, sent) })).toMatchObject({
        code: 250,
      });
    }
    expect(await handIn(koltrix, { from: '', to, source: wish })).toMatchObject({ code: 550, command: 'RCPT TO' });
    expect(await suppressions()).toEqual([]);
    expect((await reports()).map(({ kind }) => kind)).toEqual(['notice', 'notice', 'notice']);
  });
});
