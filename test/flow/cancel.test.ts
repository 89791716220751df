import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { givenClock } from '../support/clock.ts';
import { doors } from '../support/doors.ts';
import { givenKoltrix, type Installation } from '../support/koltrix.ts';
import { until } from '../support/until.ts';

const clock = givenClock({ stands: true });
let koltrix: Installation;
beforeAll(async () => {
  koltrix = await givenKoltrix({ now: clock.now });
});
afterAll(() => koltrix[Symbol.asyncDispose]());

const email = { from: 'hello@acme.example', to: ['ada@example.test'], subject: 'Stop', body_text: 'Hi' };
const inAnHour = () => new Date(clock.now().getTime() + 3_600_000).toISOString();
const REFUSED = { status: 409, code: 'invalid-state', retryable: false };

test('a scheduled email that is canceled is never sent', async () => {
  const acme = await koltrix.tenant();
  const to = ['ada@example.test', 'bob@example.test'];
  const { id } = await acme.koltrix.emails.send({ ...email, to, scheduled_at: inAnHour() });
  const canceled = await acme.koltrix.emails.cancel(id);
  expect(canceled).toMatchObject({ id, status: 'canceled' });
  for (const message of canceled.messages) expect(message).toMatchObject({ status: 'canceled', next_attempt_at: null });
  expect(await acme.koltrix.emails.get(id)).toEqual(canceled);
  expect((await acme.events()).map(({ type }) => type)).toEqual([
    'email.scheduled',
    'email.scheduled',
    'email.canceled',
    'email.canceled',
  ]);
  clock.advance({ hours: 2 });
  const control = await acme.koltrix.emails.send({ ...email, to: ['eve@example.test'] });
  await acme.settled(control.id);
  expect((await acme.captured()).map(({ rcpt_to }) => rcpt_to)).toEqual(['eve@example.test']);
});

describe.each(doors)('mail that came by $name', ({ submit }) => {
  test('can be canceled while it waits for a worker', async () => {
    const acme = await koltrix.tenant();
    await koltrix.stopWorker();
    try {
      const id = await submit(acme, { to: ['ada@example.test'] });
      expect((await acme.koltrix.emails.cancel(id)).status).toBe('canceled');
    } finally {
      await koltrix.startWorker();
    }
    await acme.settled(await submit(acme, { to: ['eve@example.test'] }));
    expect((await acme.captured()).map(({ rcpt_to }) => rcpt_to)).toEqual(['eve@example.test']);
    const stopped = (await acme.events()).filter(({ data }) => data.recipient === 'ada@example.test');
    expect(stopped.map(({ type }) => type)).toEqual(['email.queued', 'email.canceled']);
  });
});

test('of an email that has partly left, the rest is canceled', async () => {
  const acme = await koltrix.tenant();
  // The clock stands, so the recipient that put us off is never tried again.
  const to = ['ada@example.test', 'deferred@simulator.test', 'bounced@simulator.test'];
  const { id } = await acme.koltrix.emails.send({ ...email, to });
  await until(async () => (await acme.events()).length === 7);
  const { status, messages } = await acme.koltrix.emails.cancel(id);
  expect(messages.map((message) => message.status)).toEqual(['delivered', 'canceled', 'bounced']);
  expect(status).toBe('delivered');
  expect(await acme.events('email.canceled')).toHaveLength(1);
  clock.advance({ days: 3 });
  await acme.settled((await acme.koltrix.emails.send({ ...email, to: ['eve@example.test'] })).id);
  expect(await acme.captured('deferred@simulator.test')).toEqual([]);
});

describe('there is nothing to cancel', () => {
  test('once the email is delivered', async () => {
    const acme = await koltrix.tenant();
    const { id } = await acme.koltrix.emails.send(email);
    await acme.settled(id);
    await expect(acme.koltrix.emails.cancel(id)).rejects.toMatchObject(REFUSED);
    expect((await acme.koltrix.emails.get(id)).status).toBe('delivered');
  });

  test('once it is canceled', async () => {
    const acme = await koltrix.tenant();
    const { id } = await acme.koltrix.emails.send({ ...email, scheduled_at: inAnHour() });
    await acme.koltrix.emails.cancel(id);
    await expect(acme.koltrix.emails.cancel(id)).rejects.toMatchObject(REFUSED);
    expect(await acme.events('email.canceled')).toHaveLength(1);
  });

  test('when everybody is suppressed', async () => {
    const acme = await koltrix.tenant();
    await acme.suppress('ada@example.test');
    const { id } = await acme.koltrix.emails.send(email);
    await expect(acme.koltrix.emails.cancel(id)).rejects.toMatchObject(REFUSED);
  });

  test('in another tenant’s mail, for a stranger', async () => {
    const [acme, umbrella] = [await koltrix.tenant(), await koltrix.tenant()];
    const { id } = await acme.koltrix.emails.send({ ...email, scheduled_at: inAnHour() });
    await expect(umbrella.koltrix.emails.cancel(id)).rejects.toMatchObject({ status: 404, code: 'not-found' });
    expect((await acme.koltrix.emails.get(id)).status).toBe('scheduled');
  });
});

/** What the database, the events, the inbox and the answer say of each email must be one story. */
async function expectOneWinner(given: { scheduled_at?: string }): Promise<void> {
  const acme = await koltrix.tenant();
  const emails = Array.from({ length: 60 }, (_, i) => ({ ...email, to: [`ada${i}@example.test`], ...given }));
  const { data } = await acme.koltrix.emails.sendBatch({ emails });
  if (given.scheduled_at) clock.advance({ hours: 1 });
  const answers = await Promise.all(
    data.map(({ id }) =>
      acme.koltrix.emails.cancel(id).then(
        ({ status }) => status,
        ({ code }: { code: string }) => code,
      ),
    ),
  );
  const finals = await Promise.all(data.map(({ id }) => acme.settled(id)));
  const captured = (await acme.captured()).map(({ rcpt_to }) => rcpt_to).sort();
  const canceled = (await acme.events('email.canceled')).map(({ data }) => data.email_id).sort();
  const sent = (await acme.events('email.sent')).map(({ data }) => data.email_id).sort();
  finals.forEach(({ status }, i) => {
    expect([answers[i], status]).toBeOneOf([
      ['canceled', 'canceled'],
      ['invalid-state', 'delivered'],
    ]);
  });
  const idsOf = (wanted: string) =>
    finals
      .filter(({ status }) => status === wanted)
      .map(({ id }) => id)
      .sort();
  expect(canceled).toEqual(idsOf('canceled'));
  expect(sent).toEqual(idsOf('delivered'));
  const delivered = finals.filter(({ status }) => status === 'delivered');
  expect(captured).toEqual(delivered.map(({ messages }) => messages[0]?.recipient).sort());
}

describe('between canceling and delivering, one wins', () => {
  test('for mail that is just being delivered', () => expectOneWinner({}));
  test('for mail whose time has just come', () => expectOneWinner({ scheduled_at: inAnHour() }));
});

test('of several that cancel at once, one does', async () => {
  const acme = await koltrix.tenant();
  const { id } = await acme.koltrix.emails.send({ ...email, scheduled_at: inAnHour() });
  const answers = await Promise.allSettled(Array.from({ length: 10 }, () => acme.koltrix.emails.cancel(id)));
  expect(answers.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
  expect(await acme.events('email.canceled')).toHaveLength(1);
});
