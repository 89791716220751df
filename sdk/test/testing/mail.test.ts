import { afterEach, describe, expect, test, vi } from 'vitest';
import { createMockKoltrix } from '../../src/testing/index.ts';
import { hello, rejectionOf } from '../support.ts';

afterEach(() => void vi.useRealTimers());

describe('the inbox', () => {
  test('has each recipient’s copy with its parts, oldest first', async () => {
    const mock = createMockKoltrix();
    const content = btoa('hello');
    await mock.client().emails.send({
      from: 'Acme <hello@acme.example>',
      to: ['Ada <ada@example.com>'],
      bcc: ['eve@example.com'],
      subject: 'Grüße',
      body_text: 'See https://acme.example/1.',
      body_html: '<a href="https://acme.example/2">x</a>',
      attachments: [{ filename: 'a.txt', content }],
    });
    expect(mock.inbox.messages.map(({ rcpt_to }) => rcpt_to)).toEqual(['ada@example.com', 'eve@example.com']);
    expect(mock.inbox.last).toMatchObject({
      from: 'Acme <hello@acme.example>',
      to: ['Ada <ada@example.com>'],
      subject: 'Grüße',
      links: ['https://acme.example/1', 'https://acme.example/2'],
      attachments: [{ filename: 'a.txt', content_type: 'text/plain', size_bytes: 5, content }],
    });
    expect(mock.inbox.last?.raw).not.toContain('eve@');
  });

  test('finds by recipient, sender, subject, body, email, or as one likes', async () => {
    const mock = createMockKoltrix();
    const koltrix = mock.client();
    const { id } = await koltrix.emails.send(hello);
    await koltrix.emails.send({ ...hello, to: ['bob@example.com'], subject: 'Other', body_text: 'x' });
    const { find, filter } = mock.inbox;
    expect(find({ to: 'Ada <ADA@example.com>' })?.email_id).toBe(id);
    expect(find({ subject: /^Hi/ })?.email_id).toBe(id);
    expect(find({ subject: 'H' })).toBeUndefined();
    expect(find({ body: 'Hello' })?.email_id).toBe(id);
    expect(filter({ from: 'hello@acme.example' })).toHaveLength(2);
    expect(filter({ email_id: id, to: 'bob@example.com' })).toEqual([]);
    expect(filter(({ links }) => links.length > 0)).toEqual([]);
    mock.inbox.clear();
    expect(mock.inbox.messages).toEqual([]);
  });

  test('is waited for: what is there, what comes, and what does not', async () => {
    const mock = createMockKoltrix();
    const coming = mock.inbox.waitFor({ to: 'ada@example.com' });
    await mock.client().emails.send(hello);
    expect((await coming).subject).toBe('Hi');
    expect(await mock.inbox.waitFor()).toBe(await coming);
    const error = await rejectionOf(mock.inbox.waitFor({ to: 'bob@example.com', subject: /x/ }, { timeout_ms: 20 }));
    expect(String(error)).toMatch(/No mail with to bob@example.com, subject \/x\/ came .* to ada@example.com: Hi/s);
  });
});

describe('time', () => {
  test('is skipped, and what falls due on the way happens at its time', async () => {
    const mock = createMockKoltrix();
    const koltrix = mock.client();
    const scheduled_at = new Date(Date.now() + 3_600_000).toISOString();
    const { id } = await koltrix.emails.send({ ...hello, to: ['deferred@simulator.test'], scheduled_at });
    expect((await koltrix.emails.get(id)).status).toBe('scheduled');
    await mock.advance(3_599_000);
    expect(mock.inbox.messages).toEqual([]);
    await mock.advance(10_000);
    expect((await koltrix.emails.get(id)).messages[0]).toMatchObject({ status: 'delivered', attempts: 3 });
    const [, queued] = (await koltrix.emails.listEvents(id)).data;
    expect(queued).toMatchObject({ type: 'email.queued', created_at: scheduled_at });
  });

  test('frees idempotency keys after 24 hours', async () => {
    const mock = createMockKoltrix();
    const koltrix = mock.client();
    const send = () => koltrix.emails.send(hello, { idempotencyKey: 'k' });
    const { id } = await send();
    await mock.advance(86_399_000);
    expect((await send()).id).toBe(id);
    await mock.advance(2_000);
    expect((await send()).id).not.toBe(id);
  });

  test('follows fake timers', async () => {
    vi.useFakeTimers();
    const mock = createMockKoltrix();
    await mock.client().emails.send({ ...hello, to: ['complained@simulator.test'] });
    await vi.advanceTimersByTimeAsync(1_500);
    expect(mock.events.map(({ type }) => type)).toContain('email.complained');
  });

  test('stands still for delivery while that is paused, so that mail can be canceled', async () => {
    const mock = createMockKoltrix();
    const koltrix = mock.client();
    mock.pauseDelivery();
    const [first, second] = [await koltrix.emails.send(hello), await koltrix.emails.send(hello)];
    expect((await koltrix.emails.cancel(first.id)).status).toBe('canceled');
    mock.resumeDelivery();
    expect(mock.inbox.messages.map(({ email_id }) => email_id)).toEqual([second.id]);
  });
});

describe('what happens outside', () => {
  test('moves the message, goes to log and stream, and suppresses', async () => {
    const mock = createMockKoltrix();
    const koltrix = mock.client();
    const stream = koltrix.events.stream({ type: ['email.clicked', 'email.complained'] });
    const next = stream.next();
    await vi.waitFor(() => expect(mock.requests).toHaveLength(1), { timeout: 20_000 });
    const { id } = await koltrix.emails.send({ ...hello, to: ['ada@example.com', 'bob@example.com'] });
    mock.happen('email.clicked', { email_id: id, to: 'Ada@example.com' }, { click: { url: 'https://acme.example/x' } });
    expect((await next).value).toMatchObject({
      type: 'email.clicked',
      data: { recipient: 'ada@example.com', click: { url: 'https://acme.example/x', machine: false } },
    });
    const [complaint] = mock.happen('email.complained', { to: 'bob@example.com' });
    expect((await stream.next()).value).toEqual(complaint);
    await stream.return();
    const { messages } = await koltrix.emails.get(id);
    expect(messages.map(({ status }) => status)).toEqual(['clicked', 'complained']);
    expect((await koltrix.suppressions.get('bob@example.com')).reason).toBe('complaint');
    expect(() => mock.happen('email.opened', { to: 'nobody@example.com' })).toThrow(/no mail/);
  });
});

test('a reset leaves an empty account, without faults, and ends what was open', async () => {
  const mock = createMockKoltrix();
  const koltrix = mock.client({ maxRetries: 0 });
  await koltrix.emails.send(hello);
  mock.fail('*', { status: 500, times: Number.POSITIVE_INFINITY });
  mock.delay('*', 10_000);
  mock.reset();
  expect([mock.inbox.messages, mock.events, mock.requests]).toEqual([[], [], []]);
  expect((await koltrix.emails.list()).data).toEqual([]);
});

test('keys have their scopes, and an unknown one is taken only by an open mock', async () => {
  const mock = createMockKoltrix({ apiKey: 'kx_the_only_one' });
  expect((await mock.client().account.get()).scope).toBe('full');
  const reader = mock.client({ scope: 'read' });
  expect(await rejectionOf(reader.emails.send(hello))).toMatchObject({ code: 'forbidden' });
  const stranger = mock.client({ apiKey: 'kx_of_somebody_else' });
  expect(await rejectionOf(stranger.account.get())).toMatchObject({ code: 'unauthenticated' });
  const open = createMockKoltrix();
  expect((await open.client({ apiKey: 'kx_of_somebody_else' }).account.get()).scope).toBe('full');
});
