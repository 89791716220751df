import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { givenClock } from '../support/clock.ts';
import { givenKoltrix, type Installation } from '../support/koltrix.ts';
import { until } from '../support/until.ts';

const clock = givenClock({ stands: true });
let koltrix: Installation;
beforeAll(async () => {
  koltrix = await givenKoltrix({ now: clock.now });
});
afterAll(() => koltrix[Symbol.asyncDispose]());

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const email = { from: 'hello@acme.example', to: ['ada@example.test'], subject: 'Later', body_text: 'Hi' };
const ahead = (ms: number) => new Date(clock.now().getTime() + ms).toISOString();

test('a scheduled email waits for its time, and is then sent', async () => {
  const acme = await koltrix.tenant();
  const scheduled_at = ahead(HOUR_MS);
  const accepted = await acme.koltrix.emails.send({ ...email, scheduled_at });
  expect(accepted).toMatchObject({ status: 'scheduled', messages: [{ status: 'scheduled' }] });
  expect(await acme.koltrix.emails.get(accepted.id)).toMatchObject({
    status: 'scheduled',
    scheduled_at,
    messages: [{ status: 'scheduled', attempts: 0, next_attempt_at: scheduled_at }],
  });
  const [event, ...more] = await acme.events();
  expect(event).toMatchObject({ type: 'email.scheduled', data: { schedule: { scheduled_at } } });
  expect(more).toEqual([]);

  // Something that is sent at once shows that the worker has had its turn.
  const control = await acme.koltrix.emails.send({ ...email, to: ['bob@example.test'] });
  await acme.settled(control.id);
  expect(await acme.captured('ada@example.test')).toEqual([]);

  clock.advance({ hours: 1 });
  expect((await acme.settled(accepted.id)).status).toBe('delivered');
  const types = (await acme.events()).filter(({ data }) => data.email_id === accepted.id).map(({ type }) => type);
  expect(types).toEqual(['email.scheduled', 'email.queued', 'email.sent', 'email.delivered']);
  expect(await acme.captured('ada@example.test')).toHaveLength(1);
});

test('scheduled emails go out in the order of their times', async () => {
  const acme = await koltrix.tenant();
  const hours = [3, 1, 2];
  for (const hour of hours) {
    await acme.koltrix.emails.send({ ...email, subject: `Hour ${hour}`, scheduled_at: ahead(hour * HOUR_MS) });
  }
  for (const hour of [1, 2, 3]) {
    clock.advance({ hours: 1 });
    await until(async () => (await acme.captured()).length === hour);
    expect((await acme.captured()).map(({ subject }) => subject)).toContain(`Hour ${hour}`);
  }
});

test.each([
  ['now', 0],
  ['a minute ago', -60_000],
  ['years ago', -1000 * DAY_MS],
])('an email scheduled for %s is sent at once', async (_when, ms) => {
  const acme = await koltrix.tenant();
  const { id, status } = await acme.koltrix.emails.send({ ...email, scheduled_at: ahead(ms) });
  expect(status).toBe('queued');
  expect(await acme.settled(id)).toMatchObject({ status: 'delivered', scheduled_at: null });
});

test('a time may be written with any offset', async () => {
  const acme = await koltrix.tenant();
  const at = new Date(Math.floor((clock.now().getTime() + DAY_MS) / 1_000) * 1_000);
  const local = new Date(at.getTime() + 5.5 * HOUR_MS).toISOString().replace('.000Z', '+05:30');
  const { id } = await acme.koltrix.emails.send({ ...email, scheduled_at: local });
  expect((await acme.koltrix.emails.get(id)).scheduled_at).toBe(at.toISOString());
});

describe('a scheduled time', () => {
  test('may lie thirty days ahead and no more', async () => {
    const acme = await koltrix.tenant();
    expect((await acme.koltrix.emails.send({ ...email, scheduled_at: ahead(30 * DAY_MS) })).status).toBe('scheduled');
    const late = { ...email, scheduled_at: ahead(30 * DAY_MS + 1_000) };
    await expect(acme.koltrix.emails.send(late)).rejects.toMatchObject({
      code: 'invalid-request',
      errors: [{ pointer: '/scheduled_at' }],
    });
    await expect(acme.koltrix.emails.sendBatch({ emails: [email, late] })).rejects.toMatchObject({
      errors: [{ pointer: '/emails/1/scheduled_at' }],
    });
    expect(await Array.fromAsync(acme.koltrix.emails.list())).toHaveLength(1);
  });

  test.each([
    'tomorrow',
    '2026-13-01T00:00:00Z',
    '2026-02-30T00:00:00Z',
    '2030-01-01',
    '2030-01-01T00:00:00',
    '2030-01-01T25:00:00Z',
    '2016-12-31T23:59:60Z',
    '2030-06-30T23:59:60Z',
    '+010000-01-01T00:00:00Z',
    '',
    '1767225600',
  ])('of %j is refused by name', async (scheduled_at) => {
    const acme = await koltrix.tenant();
    const response = await acme.fetch('/emails', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ ...email, scheduled_at }),
    });
    expect(await response.json()).toMatchObject({
      status: 400,
      code: 'invalid-request',
      errors: [{ pointer: '/scheduled_at' }],
    });
  });
});

test('an email of a batch may be scheduled while another goes at once', async () => {
  const acme = await koltrix.tenant();
  const { data } = await acme.koltrix.emails.sendBatch({
    emails: [email, { ...email, to: ['bob@example.test'], scheduled_at: ahead(HOUR_MS) }],
  });
  expect(data.map(({ status }) => status)).toEqual(['queued', 'scheduled']);
  await acme.settled(data[0]?.id as string);
  expect((await acme.captured()).map(({ rcpt_to }) => rcpt_to)).toEqual(['ada@example.test']);
  clock.advance({ hours: 1 });
  await acme.settled(data[1]?.id as string);
  expect(await acme.captured()).toHaveLength(2);
});

test('a suppressed recipient of a scheduled email is reported at once, and the others wait', async () => {
  const acme = await koltrix.tenant();
  await acme.suppress('bob@example.test');
  const { status, messages } = await acme.koltrix.emails.send({
    ...email,
    cc: ['bob@example.test'],
    scheduled_at: ahead(HOUR_MS),
  });
  expect(status).toBe('scheduled');
  expect(messages.map((message) => message.status)).toEqual(['scheduled', 'suppressed']);
});

test('a recipient who is suppressed while a scheduled email waits is not mailed', async () => {
  const acme = await koltrix.tenant();
  const accepted = await acme.koltrix.emails.send({
    ...email,
    to: ['ada@example.test', 'bob@example.test'],
    scheduled_at: ahead(HOUR_MS),
  });
  await acme.suppress('bob@example.test');
  clock.advance({ hours: 1 });
  await acme.settled(accepted.id);
  expect((await acme.captured()).map(({ rcpt_to }) => rcpt_to)).toEqual(['ada@example.test']);
  expect((await acme.events('email.suppressed')).map(({ data }) => data)).toMatchObject([
    { recipient: 'bob@example.test', suppression: { reason: 'manual', expires_at: null } },
  ]);
});
