import { describe, expect, test } from 'vitest';
import { idempotencyKeyOf } from '../headers.ts';
import { givenRelay } from './support/given.ts';

const keyed = 'Subject: Hi\r\nX-Koltrix-Idempotency-Key: order-4711\r\n\r\nHello\r\n.';

describe('X-Koltrix-Idempotency-Key', () => {
  test('travels as the idempotency key; the message keeps the header for the API to remove', async () => {
    const given = await givenRelay();
    const client = await given.loggedIn();
    await client.startData();
    await client.command(keyed);
    expect(given.api.received[0]?.idempotency_key).toBe('order-4711');
    expect(given.api.received[0]?.body).toContain('X-Koltrix-Idempotency-Key: order-4711');
  });

  test('is found in a message that streams', async () => {
    const given = await givenRelay();
    const client = await given.loggedIn();
    await client.startData();
    const body = `${'x'.repeat(98)}\r\n`.repeat(5_000);
    expect(await client.command(`X-Koltrix-Idempotency-Key: big-one\r\n\r\n${body}.`)).toMatch(/^250 /);
    expect(given.api.received[0]).toMatchObject({ idempotency_key: 'big-one' });
    expect(given.api.received[0]?.body.length).toBe(500_000 + 'X-Koltrix-Idempotency-Key: big-one\r\n\r\n'.length);
  });

  test.each([
    ['X-Koltrix-Idempotency-Key: a\r\nX-Koltrix-Idempotency-Key: b', 'more than once'],
    ['X-Koltrix-Idempotency-Key:', 'visible ASCII'],
    ['X-Koltrix-Idempotency-Key: schl\xfcssel', 'visible ASCII'],
  ])('is refused with 550 5.6.0 as %j', async (headers, reason) => {
    const given = await givenRelay();
    const client = await given.loggedIn();
    await client.startData();
    client.write(Buffer.from(`${headers}\r\n\r\nHello\r\n.\r\n`, 'latin1'));
    const reply = await client.reply();
    expect(reply).toMatch(/^550 5\.6\.0 /);
    expect(reply).toContain(reason);
    expect(given.api.received).toEqual([]);
  });

  test.each([
    ['X-KOLTRIX-idempotency-key:k1\r\n', 'k1'],
    ['A: b\r\nX-Koltrix-Idempotency-Key :\r\n\tk2 \r\nC: d\r\n', 'k2'],
    ['X-Koltrix-Idempotency-Key: "quoted"\r\n', '"quoted"'],
    ['Subject: X-Koltrix-Idempotency-Key: no\r\n', undefined],
    ['Subject: folded\r\n X-Koltrix-Idempotency-Key: no\r\n', undefined],
    ['X-Koltrix-Idempotency-Key-2: no\r\n', undefined],
  ])('is read from %j as %j', (headers, key) => {
    expect(idempotencyKeyOf(Buffer.from(headers))).toEqual({ key });
  });

  test('in the body means nothing', async () => {
    const given = await givenRelay();
    const client = await given.loggedIn();
    await client.startData();
    await client.command('Subject: Hi\r\n\r\nX-Koltrix-Idempotency-Key: body\r\n.');
    expect(given.api.received[0]?.idempotency_key).not.toBe('body');
  });
});

describe('an API that dies between commit and answer', () => {
  test('is asked again under the same key, and one email comes of it', async () => {
    const given = await givenRelay({ answer_timeout_ms: 8_000 });
    const client = await given.loggedIn();
    given.api.misbehave = 'die';
    await client.startData();
    const answered = client.command('Subject: Hi\r\n\r\nHello\r\n.');
    await expect.poll(() => given.api.received.length).toBeGreaterThan(0);
    given.api.misbehave = undefined;
    expect(await answered).toBe('250 2.0.0 Accepted em_1');
    expect(given.api.received.length).toBeGreaterThan(1);
    expect(given.api.emails.size).toBe(1);
  });

  test('under messages that came together takes each of them once', async () => {
    const given = await givenRelay({ answer_timeout_ms: 8_000 });
    const clients = await Promise.all(Array.from({ length: 20 }, () => given.loggedIn()));
    for (const client of clients) await client.startData();
    given.api.misbehave = 'die';
    const answered = Promise.all(clients.map((client) => client.command('Subject: Hi\r\n\r\nHello\r\n.')));
    await expect.poll(() => given.api.received.length).toBeGreaterThan(0);
    given.api.misbehave = undefined;
    expect(new Set(await answered).size).toBe(20);
    expect(await answered).toEqual(clients.map(() => expect.stringMatching(/^250 2\.0\.0 Accepted em_/)));
    expect(given.api.emails.size).toBe(20);
  });

  test("costs a 451 when it stays away, and the client's own retry no second email", async () => {
    const given = await givenRelay();
    const client = await given.loggedIn();
    given.api.misbehave = 'die';
    await client.startData();
    expect(await client.command(keyed)).toMatch(/^451 4\.3\.0 /);
    given.api.misbehave = undefined;
    await client.startData();
    expect(await client.command(keyed)).toBe('250 2.0.0 Accepted em_1');
    expect(given.api.emails.size).toBe(1);
  });
});

describe('an API that goes away under a message', () => {
  test('by closing the kept connection as the message leaves is sent it anew, under the same key', async () => {
    const given = await givenRelay({ answer_timeout_ms: 8_000 });
    const client = await given.loggedIn();
    await client.startData();
    expect(await client.command('Subject: First\r\n\r\nHello\r\n.')).toBe('250 2.0.0 Accepted em_1');
    given.api.misbehave = 'drop';
    await client.startData();
    const answered = client.command('Subject: Second\r\n\r\nHello\r\n.');
    await expect.poll(() => given.api.begun).toBeGreaterThan(1);
    given.api.misbehave = undefined;
    expect(await answered).toBe('250 2.0.0 Accepted em_2');
    expect(given.api.emails.size).toBe(2);
  });

  test('in the middle of a stream costs a 451, and the retry under its key makes one email', async () => {
    const given = await givenRelay({ answer_timeout_ms: 8_000 });
    const client = await given.loggedIn();
    const start = `X-Koltrix-Idempotency-Key: big-one\r\n\r\n${`${'x'.repeat(98)}\r\n`.repeat(5_000)}`;
    await client.startData();
    client.write(start);
    await expect.poll(() => given.api.begun).toBe(1);
    await given.api.stop();
    expect(await client.command('The end\r\n.')).toMatch(/^451 4\.3\.0 /);
    expect(given.api.received).toEqual([]);
    await given.api.restart();
    await client.startData();
    client.write(start);
    expect(await client.command('The end\r\n.')).toBe('250 2.0.0 Accepted em_1');
    expect(given.api.emails.size).toBe(1);
  });
});
