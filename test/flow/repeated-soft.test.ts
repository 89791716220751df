import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { type Clock, givenClock } from '../support/clock.ts';
import { givenKoltrix, type Installation } from '../support/koltrix.ts';
import { givenSent, handIn, reportOn } from '../support/reports.ts';
import { type Smarthost, startSmarthost } from '../support/smarthost.ts';
import type { Tenant } from '../support/tenant.ts';

const FULL = '552 5.2.2 The mailbox is full';
const BLOCKED = '554 5.7.1 Blocked';
const TAKEN = '250 2.1.5 Ok';

let clock: Clock;
let smarthost: Smarthost;
let koltrix: Installation;
let acme: Tenant;
beforeAll(async () => {
  clock = givenClock();
  smarthost = await startSmarthost();
  const env = { KOLTRIX_DELIVERY: smarthost.url, KOLTRIX_BOUNCE_DOMAIN: 'bounces.koltrix.example' };
  koltrix = await givenKoltrix({ env, now: clock.now });
});
afterAll(async () => {
  await koltrix[Symbol.asyncDispose]();
  await smarthost[Symbol.asyncDispose]();
});
beforeEach(async () => {
  acme = await koltrix.tenant();
});

/** One email each day, answered as told; the email's last status. */
async function days(...replies: string[]): Promise<string | undefined> {
  let status: string | undefined;
  for (const reply of replies) {
    smarthost.behave = ({ stage }) => (stage === 'RCPT' ? reply : undefined);
    clock.advance({ hours: 25 });
    status = await mail();
  }
  return status;
}

async function mail(to = 'ada@example.test'): Promise<string> {
  const { id } = await acme.koltrix.emails.send({
    from: 'hello@acme.example',
    to: [to],
    subject: 'Hello',
    body_text: 'Hello',
  });
  return (await acme.settled(id)).status;
}

const suppression = () => acme.koltrix.suppressions.get('ada@example.test');

test('soft bounces in a row on three days suppress the address for good', async () => {
  await days(FULL, FULL);
  expect(await suppression()).toMatchObject({ reason: 'soft', expires_at: expect.any(String) });
  expect(await days(FULL)).toBe('bounced');
  expect(await suppression()).toMatchObject({ reason: 'repeated-soft', diagnostic: FULL, expires_at: null });
  expect(await days(TAKEN)).toBe('suppressed');
  const [bounce] = (await acme.events('email.bounced')).slice(-1);
  const { source_message_id } = await suppression();
  expect(bounce?.data).toMatchObject({ message_id: source_message_id, bounce: { class: 'soft' } });
});

test('those that come later, by a report, count as well', async () => {
  smarthost.behave = () => undefined;
  for (let day = 0; day < 3; day++) {
    clock.advance({ hours: 25 });
    const sent = await givenSent(koltrix, acme, smarthost);
    await handIn(koltrix, { to: sent.return_path, source: await reportOn('zimbra-over-quota', sent) });
  }
  expect(await acme.koltrix.suppressions.get('ada@example.com')).toMatchObject({
    reason: 'repeated-soft',
    expires_at: null,
  });
});

test.each([
  ['mail that was taken', TAKEN, 'sent'],
  ['a refusal for another reason', BLOCKED, 'bounced'],
])('%s in between starts the count again', async (_, reply, status) => {
  await days(FULL, FULL);
  expect(await days(reply)).toBe(status);
  await days(FULL, FULL);
  expect(await suppression()).toMatchObject({ reason: 'soft' });
  await days(FULL);
  expect(await suppression()).toMatchObject({ reason: 'repeated-soft' });
});

test('several on one day count as one', async () => {
  await days(FULL);
  clock.advance({ hours: 26 - (clock.now().getUTCHours() + 1) });
  for (let n = 0; n < 3; n++) {
    await acme.koltrix.suppressions.delete('ada@example.test').catch(() => {});
    expect(await mail()).toBe('bounced');
  }
  expect(await suppression()).toMatchObject({ reason: 'soft' });
});

test('another address, and another tenant’s mail to the same one, count for themselves', async () => {
  await days(FULL, FULL);
  expect(await mail('bob@example.test')).toBe('bounced');
  const ours = acme;
  acme = await koltrix.tenant();
  await days(FULL);
  expect(await suppression()).toMatchObject({ reason: 'soft' });
  acme = ours;
  expect(await suppression().catch(({ code }) => code)).toBe('not-found');
  expect(await acme.koltrix.suppressions.get('bob@example.test').catch(({ code }) => code)).toBe('not-found');
});
