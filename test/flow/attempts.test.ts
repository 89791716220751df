import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { expectProblem } from '../support/contract.ts';
import { givenKoltrix, type Installation } from '../support/koltrix.ts';
import { type Smarthost, startSmarthost } from '../support/smarthost.ts';
import type { Tenant } from '../support/tenant.ts';
import { until } from '../support/until.ts';

const clock = { ahead_ms: 0 };
const now = () => new Date(Date.now() + clock.ahead_ms);

let smarthost: Smarthost;
let koltrix: Installation;
let acme: Tenant;
beforeAll(async () => {
  smarthost = await startSmarthost({ extensions: ['STARTTLS', 'ENHANCEDSTATUSCODES'] });
  koltrix = await givenKoltrix({ env: { KOLTRIX_DELIVERY: smarthost.url }, now });
});
afterAll(async () => {
  await smarthost[Symbol.asyncDispose]();
  await koltrix[Symbol.asyncDispose]();
});
beforeEach(async () => {
  acme = await koltrix.tenant();
  smarthost.behave = () => undefined;
});

const send = async (to: string[], subject = 'Hello') =>
  (await acme.koltrix.emails.send({ from: 'hello@acme.example', to, subject, body_text: 'Hello' })).id;

const attempts = (id: string, limit = 100) => Array.fromAsync(acme.koltrix.emails.listAttempts(id, { limit }));

describe('the attempts of an email', () => {
  test('say whom we spoke to, from where, by which TLS, and what came of it', async () => {
    const id = await send(['ada@example.test']);
    const { messages } = await acme.settled(id);
    expect(await attempts(id)).toEqual([
      {
        message_id: messages[0]?.id,
        recipient: 'ada@example.test',
        number: 1,
        started_at: expect.any(String),
        duration_ms: expect.any(Number),
        host: '127.0.0.1',
        remote_address: '127.0.0.1',
        source_address: '127.0.0.1',
        tls: { protocol: 'TLSv1.3', cipher: expect.stringMatching(/^TLS_/), verified: false, dane: false },
        outcome: 'accepted',
        reply: { smtp_code: 250, enhanced_code: '2.0.0', text: '250 2.0.0 Queued as 4711' },
      },
    ]);
  });

  test('are all there over the retries, message by message, and come in pages', async () => {
    smarthost.behave = ({ stage, recipient }) =>
      stage === 'RCPT' && recipient === 'bob@example.test' ? '450 4.2.1 Busy' : undefined;
    const id = await send(['ada@example.test', 'bob@example.test']);
    for (let tries = 1; tries <= 3; tries++) {
      await until(async () => (await attempts(id)).length === tries + 1);
      clock.ahead_ms += 30 * 60_000;
      koltrix.deps.hints.give('due');
    }
    smarthost.behave = () => undefined;
    await acme.settled(id);
    const all = (await attempts(id, 2)).map((a) => [a.recipient, a.number, a.outcome, a.reply.smtp_code]);
    expect(all.slice(0, 4)).toEqual([
      ['ada@example.test', 1, 'accepted', 250],
      ['bob@example.test', 1, 'deferred', 450],
      ['bob@example.test', 2, 'deferred', 450],
      ['bob@example.test', 3, 'deferred', 450],
    ]);
    expect(all.at(-1)).toEqual(['bob@example.test', all.length - 1, 'accepted', 250]);
  });

  test.each(['nonsense', Buffer.from('no place').toString('base64url')])('refuse the cursor %s', async (cursor) => {
    const id = await send(['ada@example.test']);
    await expectProblem(await acme.fetch(`/emails/${id}/attempts?cursor=${cursor}`), {
      status: 400,
      code: 'invalid-request',
      pointer: '?cursor',
    });
  });
});

describe('a recipient', () => {
  test('shows the newest messages first, with their replies and the attempts behind them', async () => {
    const first = await send(['Ada@Example.test'], 'One');
    await acme.settled(first);
    smarthost.behave = ({ stage }) => (stage === 'RCPT' ? '450 4.2.1 Busy' : undefined);
    const second = await send(['ada@example.test', 'bob@example.test'], 'Two');
    const ada = await until(async () => {
      const found = await acme.koltrix.recipients.get('ADA@example.test');
      // The two are read one after the other.
      return found.attempts.length === 2 && found.messages[0]?.last_reply ? found : undefined;
    });
    expect(ada).toMatchObject({
      address: 'ada@example.test',
      suppression: null,
      messages: [
        { email_id: second, subject: 'Two', status: 'queued', attempts: 1, last_reply: { smtp_code: 450 } },
        { email_id: first, subject: 'One', status: 'sent', attempts: 1, last_reply: { smtp_code: 250 } },
      ],
      attempts: [
        { recipient: 'ada@example.test', outcome: 'deferred' },
        { recipient: 'Ada@Example.test', outcome: 'accepted' },
      ],
    });
    expect(ada.next_attempt_at).toBe(ada.messages[0]?.next_attempt_at);
    expect(Date.parse(ada.next_attempt_at ?? '')).toBeGreaterThan(now().getTime());
  });

  test('shows the suppression that a bounce has caused', async () => {
    smarthost.behave = ({ stage }) => (stage === 'RCPT' ? '550 5.1.1 No such user' : undefined);
    const id = await send(['gone@example.test']);
    await acme.settled(id);
    expect(await acme.koltrix.recipients.get('gone@example.test')).toMatchObject({
      suppression: { reason: 'hard', expires_at: null },
      next_attempt_at: null,
      messages: [{ status: 'bounced' }],
      attempts: [{ outcome: 'refused', reply: { enhanced_code: '5.1.1' } }],
    });
  });

  test('whom another tenant mails is nobody to this one', async () => {
    await acme.settled(await send(['eve@example.test']));
    const umbrella = await koltrix.tenant();
    const expected = { status: 404, code: 'not-found' as const };
    await expectProblem(await umbrella.fetch('/recipients/eve%40example.test'), expected);
  });
});

test('mail marked as bulk says so, whichever way it was marked', async () => {
  const mail = { from: 'hello@acme.example', to: ['ada@example.test'], subject: 'News', body_text: 'News' };
  const bulk = await acme.koltrix.emails.send({ ...mail, bulk: true });
  const listed = await acme.koltrix.emails.send({ ...mail, headers: { Precedence: 'list' } });
  const plain = await acme.koltrix.emails.send(mail);
  const raw = await acme.koltrix.emails.sendRaw(
    'From: hello@acme.example\r\nPrecedence: bulk\r\nSubject: News\r\n\r\nNews\r\n',
    { mail_from: 'hello@acme.example', rcpt_to: ['ada@example.test'] },
  );
  const marks = [];
  for (const { id } of [bulk, listed, plain, raw]) marks.push((await acme.settled(id)).bulk);
  expect(marks).toEqual([true, true, false, true]);
});
