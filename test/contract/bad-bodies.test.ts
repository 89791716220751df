import { Agent, request as httpRequest } from 'node:http';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { footprint } from '../support/footprint.ts';
import { type Careless, givenCareless, goodMail, mailWith } from '../support/refusal.ts';

let careless: Careless;
beforeAll(async () => {
  careless = await givenCareless();
});
afterAll(() => careless[Symbol.asyncDispose]());

const invalid = (pointer: string, says?: RegExp) => ({
  status: 400,
  code: 'invalid-request' as const,
  pointer,
  ...(says && { says }),
});
const json = { 'content-type': 'application/json' };
const MB = 1024 * 1024;

describe('a body that is not JSON', () => {
  test.each([
    ['an object that ends early', '{"from":"a@b.example"'],
    ['a missing value', '{"from":}'],
    ['single quotes', "{'from':'a@b.example'}"],
    ['a trailing comma', '{"from":"a@b.example",}'],
    ['more behind the end', `${JSON.stringify(goodMail)}}`],
    ['a raw line break in a string', '{"subject":"a\nb"}'],
    ['a raw NUL in a string', '{"subject":"a\0b"}'],
    ['a NUL before everything', `\0${JSON.stringify(goodMail)}`],
    ['NaN', '{"metadata":{"a":NaN}}'],
  ])('is refused: %s', async (_, body) => {
    await careless.refusedJson('/emails', body, invalid('', /not valid JSON/));
  });

  test.each([['null'], ['[]'], ['"text"'], ['1'], ['true']])(
    'is refused when it is %s instead of an object',
    async (body) => {
      await careless.refusedJson('/emails', body, invalid('', /must be object/));
    },
  );

  test('is refused when it is empty where one is wanted', async () => {
    await careless.refusedJson('/emails', '', invalid('', /body is required/));
    const { id } = await careless.acme.koltrix.webhooks.create({ url: 'https://hooks.acme.example/' });
    await careless.refused(`/webhooks/${id}`, { method: 'PATCH', headers: json }, invalid('', /body is required/));
  });

  test('is refused when its bytes are not UTF-8', async () => {
    const bytes = Buffer.from(JSON.stringify({ ...goodMail, subject: 'caf\u00e9' }), 'latin1');
    await careless.refusedJson('/emails', bytes, invalid('', /not valid UTF-8/));
    const overlong = Buffer.concat([Buffer.from('{"subject":"'), Buffer.from([0xc0, 0x80]), Buffer.from('"}')]);
    await careless.refusedJson('/emails', overlong, invalid('', /not valid UTF-8/));
  });
});

describe('text that nothing can hold', () => {
  test.each([
    ['a NUL in a field', '"reply_to":["a\\u0000@b.example"]', '/reply_to/0', /NUL/],
    ['a NUL in a body', '"body_html":"a\\u0000b"', '/body_html', /NUL/],
    ['a NUL in a tag’s name', '"tags":{"a\\u0000":"b"}', '/tags/a\0', /NUL/],
    ['a NUL in a tag', '"tags":{"a":"\\u0000"}', '/tags/a', /NUL/],
    ['a NUL deep in the metadata', '"metadata":{"a/b":[{"c~d":"\\u0000"}]}', '/metadata/a~1b/0/c~0d', /NUL/],
    ['a NUL in the metadata’s names', '"metadata":{"a":{"\\u0000":1}}', '/metadata/a/\0', /NUL/],
    ['a lone high surrogate', '"body_html":"\\ud83d"', '/body_html', /surrogate/],
    ['a lone low surrogate in a name', '"metadata":{"\\udc00":1}', '/metadata/\udc00', /surrogate/],
    ['surrogates in the wrong order', '"tags":{"a":"\\ude00\\ud83d"}', '/tags/a', /surrogate/],
  ])('is refused: %s', async (_, members, pointer, says) => {
    await careless.refusedJson('/emails', mailWith(members), invalid(pointer, says));
  });

  test('is told from whole pairs and from escaped backslashes', async () => {
    const body = mailWith('"body_html":"\\ud83d\\ude00","metadata":{"a":"\\\\u0000"}');
    expect((await careless.post('/emails', body)).status).toBe(202);
  });

  test.each([
    ['2 million levels of nesting', `${'['.repeat(2e6)}"\\u0000"${']'.repeat(2e6)}`],
    ['2 million NULs', `[${'"\\u0000",'.repeat(2e6)}1]`],
  ])('does not bring the server down: %s', async (_, value) => {
    const { errors } = await careless.refusedJson('/emails', mailWith(`"metadata":{"a":${value}}`), {
      status: 400,
      code: 'invalid-request',
    });
    expect(errors?.length).toBeLessThanOrEqual(50);
  });
});

describe('a body that is too large', () => {
  const tooLarge = { status: 413, code: 'payload-too-large' as const, says: /25 MB/ };
  const big = Buffer.alloc(30 * MB, ' ');

  test.each([
    ['/emails', 'application/json'],
    ['/emails/batch', 'application/json'],
    ['/emails/raw?mail_from=a@b.example&rcpt_to=c@d.example', 'message/rfc822'],
    ['/webhooks', 'application/json'],
  ])('is refused by its announced length, by its real one, and by what it unpacks to: %s', async (path, type) => {
    const headers = { 'content-type': type };
    await careless.refused(path, { method: 'POST', headers, body: big }, tooLarge);
    const chunked = { method: 'POST', headers, body: new Blob([big]).stream(), duplex: 'half' };
    await careless.refused(path, chunked as RequestInit, tooLarge);
    const bomb = { ...headers, 'content-encoding': 'gzip' };
    await careless.refused(path, { method: 'POST', headers: bomb, body: gzipSync(big) }, tooLarge);
  });

  test('leaves its connection usable', async () => {
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    const ask = (method: string, path: string, body?: Buffer) =>
      new Promise<[status: number | undefined, port: number | undefined]>((resolve, reject) => {
        const headers = { authorization: `Bearer ${careless.acme.key}`, ...(body && json) };
        const call = httpRequest(`${careless.acme.url}/api/v2${path}`, { method, agent, headers }, (response) => {
          const port = response.socket.localPort;
          response.resume().on('end', () => resolve([response.statusCode, port]));
        });
        call.on('error', reject).end(body);
      });
    const [first, port] = await ask('POST', '/emails', big);
    const second = await ask('GET', '/account');
    agent.destroy();
    expect([first, second]).toEqual([413, [200, port]]);
  });

  test('is told from one that just fits', async () => {
    const frame = JSON.stringify({ ...goodMail, body_text: '' }).length;
    const fits = { ...goodMail, body_text: 'x'.repeat(25 * MB - frame) };
    const umbrella = await careless.koltrix.tenant();
    const whole = { method: 'POST', headers: json, body: JSON.stringify(fits) };
    expect((await umbrella.fetch('/emails', whole)).status).toBe(202);
    await careless.refusedJson('/emails', { ...fits, body_text: `${fits.body_text}x` }, tooLarge);
  });

  test('does not cost a fault for each of millions of bad items', async () => {
    const { errors } = await careless.refusedJson('/emails', `{"to":[${'1,'.repeat(10e6)}1]}`, {
      status: 400,
      code: 'invalid-request',
    });
    expect(errors?.length).toBeLessThanOrEqual(50);
  });
});

describe('a body of another type', () => {
  const body = JSON.stringify(goodMail);
  const post = (headers: Record<string, string>, bytes: BodyInit = body) => ({ method: 'POST', headers, body: bytes });
  const unsupported = (says: RegExp) => ({ status: 415, code: 'unsupported-media-type' as const, says });

  test.each(['text/plain', 'application/x-www-form-urlencoded', 'application/xml', 'message/rfc822'])(
    'is refused: %s instead of JSON',
    async (type) => {
      await careless.refused('/emails', post({ 'content-type': type }), unsupported(/application\/json/));
    },
  );

  test('is refused: JSON instead of a message', async () => {
    const path = '/emails/raw?mail_from=a@b.example&rcpt_to=c@d.example';
    await careless.refused(path, post(json), unsupported(/message\/rfc822/));
  });

  test('is refused: no content type at all, with a body and without', async () => {
    await careless.refused('/emails', post({}, Buffer.from(body)), unsupported(/application\/json/));
    await careless.refused('/emails', { method: 'POST' }, unsupported(/application\/json/));
  });

  test.each(['utf-16', 'utf-16le', 'latin1', 'utf-32'])('is refused: JSON in %s', async (charset) => {
    const bytes = Buffer.from(body, 'utf16le');
    await careless.refused(
      '/emails',
      post({ 'content-type': `application/json; charset=${charset}` }, bytes),
      unsupported(/UTF-8/),
    );
  });

  test('is refused: an encoding that nobody knows, and one that it does not have', async () => {
    await careless.refused('/emails', post({ ...json, 'content-encoding': 'rot13' }), unsupported(/gzip/));
    await careless.refused(
      '/emails',
      post({ ...json, 'content-encoding': 'gzip' }),
      invalid('Content-Encoding:', /does not decompress/),
    );
  });

  test('is taken when it is JSON all the same: gzip, a charset, a byte order mark', async () => {
    const ways = [
      post({ ...json, 'content-encoding': 'gzip' }, gzipSync(body)),
      post({ 'content-type': 'Application/JSON; charset="UTF-8"' }),
      post(json, `\ufeff${body}`),
    ];
    for (const way of ways) expect((await careless.acme.fetch('/emails', way)).status).toBe(202);
  });
});

test('of members that are given twice the last counts, as JSON.parse has it', async () => {
  const { id } = (await (await careless.post('/emails', mailWith('"subject":"second"'))).json()) as { id: string };
  expect((await careless.acme.koltrix.emails.get(id)).subject).toBe('second');
});

test('a request without a body is not held against operations that take none', async () => {
  const before = await footprint(careless.koltrix, careless.acme.id);
  expect((await careless.acme.fetch('/account', { headers: json })).status).toBe(200);
  expect(await footprint(careless.koltrix, careless.acme.id)).toEqual(before);
});
