import type { ProblemCode } from 'koltrix';
import { describe, expect, test } from 'vitest';
import { replyToProblem } from '../reply.ts';
import { givenRelay } from './support/given.ts';

const message = 'Subject: Hi\r\n\r\nHello\r\n.';

const answers: [ProblemCode, string][] = [
  ['unauthenticated', '535 5.7.8 Details of unauthenticated'],
  ['forbidden', '550 5.7.1 Details of forbidden'],
  ['domain-not-verified', '550 5.7.1 Details of domain-not-verified'],
  ['invalid-request', '550 5.6.0 Details of invalid-request'],
  ['invalid-idempotency-key', '550 5.6.0 Details of invalid-idempotency-key'],
  ['payload-too-large', '552 5.3.4 Details of payload-too-large'],
  ['too-many-recipients', '452 4.5.3 '],
  ['idempotency-key-reused', '550 5.7.0 Details of idempotency-key-reused'],
  ['idempotency-key-in-progress', '450 4.7.0 '],
  ['rate-limited', '450 4.7.1 '],
  ['internal-error', '451 4.3.0 '],
  ['unavailable', '451 4.3.0 '],
  ['request-timeout', '451 4.3.0 '],
  ['not-found', '451 4.3.0 '],
  ['method-not-allowed', '451 4.3.0 '],
  ['invalid-state', '451 4.3.0 '],
  ['unsupported-media-type', '451 4.3.0 '],
];

describe('at DATA', () => {
  test.each(answers)('%s is answered %s, and the connection stays usable', async (code, reply) => {
    const given = await givenRelay();
    const client = await given.loggedIn();
    given.api.misbehave = code;
    await client.startData();
    expect((await client.command(message)).slice(0, reply.length)).toBe(reply);
    given.api.misbehave = undefined;
    await client.startData();
    expect(await client.command(message)).toMatch(/^250 2\.0\.0 Accepted em_/);
  });

  test('an API that is away is answered 451 4.3.0, and the retry succeeds', async () => {
    const given = await givenRelay();
    const client = await given.loggedIn();
    await given.api.stop();
    await client.startData();
    expect(await client.command(message)).toMatch(/^451 4\.3\.0 /);
    await given.api.restart();
    await client.startData();
    expect(await client.command(message)).toMatch(/^250 /);
  });

  test('an API that is back soon costs the client nothing but a wait', async () => {
    const given = await givenRelay({ answer_timeout_ms: 8_000 });
    const client = await given.loggedIn();
    await given.api.stop();
    await client.startData();
    const answered = client.command(message);
    await given.api.restart();
    expect(await answered).toMatch(/^250 /);
  });

  test('an API that never answers is answered 451 within the time limit', async () => {
    const given = await givenRelay();
    const client = await given.loggedIn();
    given.api.misbehave = 'hang';
    await client.startData();
    expect(await client.command(message)).toMatch(/^451 4\.3\.0 /);
  });

  test('nor does a message that streams wait longer than that from its end', async () => {
    const given = await givenRelay();
    const client = await given.loggedIn();
    given.api.misbehave = 'hang';
    await client.startData();
    const lines = `${'x'.repeat(98)}\r\n`.repeat(5_000);
    expect(await client.command(`Subject: Hi\r\n\r\n${lines}.`)).toMatch(/^451 4\.3\.0 /);
    expect(given.logged.join()).toContain('no answer in time');
  });

  test('a large message while the API is away is read to its end and answered 451', async () => {
    const given = await givenRelay();
    const client = await given.loggedIn();
    await given.api.stop();
    await client.startData();
    const lines = `${'x'.repeat(98)}\r\n`.repeat(50_000);
    expect(await client.command(`Subject: Hi\r\n\r\n${lines}.`)).toMatch(/^451 4\.3\.0 /);
    await given.api.restart();
    await client.startData();
    expect(await client.command(`Subject: Hi\r\n\r\n${lines}.`)).toMatch(/^250 /);
  });

  test('a 200 that is not from Koltrix is never taken for an acceptance', async () => {
    const given = await givenRelay();
    const client = await given.loggedIn();
    given.api.misbehave = 'html';
    await client.startData();
    expect(await client.command(message)).toMatch(/^451 4\.3\.0 /);
  });

  test('an outage is logged once at its start and once at its end', async () => {
    const given = await givenRelay();
    const client = await given.loggedIn();
    for (const code of ['unavailable', 'unavailable', undefined, undefined] as const) {
      given.api.misbehave = code;
      await client.startData();
      await client.command(message);
    }
    expect(given.logged).toEqual([expect.stringContaining('does not answer'), expect.stringContaining('again')]);
  });
});

describe('the words of a reply', () => {
  test('are ASCII on one line that fits in 512 octets', () => {
    const { text } = replyToProblem('invalid-request', `é\r\n250 OK ${'x'.repeat(2_000)}`);
    expect(text).toMatch(/^\?250 OK x+$/);
    expect(text.length).toBeLessThan(490);
  });

  test('of a code that is not known yet ask to try again', () => {
    expect(replyToProblem('invented-tomorrow', 'x')).toMatchObject({ code: 451, enhanced: '4.3.0' });
    expect(replyToProblem('toString', 'x')).toMatchObject({ code: 451, enhanced: '4.3.0' });
  });
});
