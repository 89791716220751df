import { request } from 'node:http';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import type { Problem } from 'koltrix';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { givenKoltrix, type Installation } from '../support/koltrix.ts';
import { goodMail } from '../support/refusal.ts';
import type { Tenant } from '../support/tenant.ts';
import { until } from '../support/until.ts';

let koltrix: Installation;
let acme: Tenant;
beforeAll(async () => {
  koltrix = await givenKoltrix({ env: { KOLTRIX_ROLES: 'api' } });
  acme = await koltrix.tenant();
});
afterAll(() => koltrix[Symbol.asyncDispose]());

const mail = JSON.stringify(goodMail);
const bearer = () => `Authorization: Bearer ${acme.key}`;

/** A request as the lines of its head, and its body. */
const asBytes = (lines: string[], body = '') => `${lines.join('\r\n')}\r\n\r\n${body}`;

/** All that the server says to these bytes until it, or we, have ended. */
function exchange(bytes: string): Promise<string> {
  const socket = connect(Number(new URL(koltrix.url).port), '127.0.0.1');
  socket.write(bytes);
  return text(socket);
}

interface Answer {
  status: number;
  head: string;
  body: string;
}

async function ask(bytes: string): Promise<Answer> {
  const [head = '', body = ''] = (await exchange(bytes)).split('\r\n\r\n');
  return { status: Number(/^HTTP\/1\.1 (\d+) /.exec(head)?.[1]), head, body };
}

async function expectRefusal(bytes: string, status: number, says: RegExp): Promise<void> {
  const answer = await ask(bytes);
  expect(answer.status, answer.head).toBe(status);
  expect(answer.head).toMatch(/content-type: application\/problem\+json; charset=utf-8/i);
  expect(answer.head).toMatch(/x-request-id: req_/i);
  const problem = JSON.parse(answer.body) as Problem;
  expect(problem).toMatchObject({ status, code: expect.any(String), request_id: expect.stringMatching(/^req_/) });
  expect(problem.errors?.[0]?.detail ?? problem.detail).toMatch(says);
  expect((await acme.koltrix.emails.list()).data).toEqual([]);
}

const post = (...lines: string[]) => [
  'POST /api/v2/emails HTTP/1.1',
  'Host: a',
  'Connection: close',
  bearer(),
  ...lines,
];
const length = `Content-Length: ${mail.length}`;
const json = 'Content-Type: application/json';

describe('a request is refused, in words and without a trace,', () => {
  test.each([
    ['in another language', 'EHLO mail.example\r\n\r\n', /not HTTP/],
    ['with a NUL in a header', 'GET / HTTP/1.1\r\nHost: a\r\nX: y\0\r\n\r\n', /not HTTP/],
    ['with a header that is folded', 'GET / HTTP/1.1\r\nHost: a\r\nX: y\r\n z\r\n\r\n', /not HTTP/],
    ['with a blank before a colon', 'GET / HTTP/1.1\r\nHost : a\r\n\r\n', /not HTTP/],
    ['with bare line feeds', 'GET / HTTP/1.1\nHost: a\n\n', /not HTTP/],
    ['with too long a query', `GET /?${'y'.repeat(100_000)} HTTP/1.1\r\nHost: a\r\n\r\n`, /64 KB in all/],
    ['with too many headers', `GET / HTTP/1.1\r\nHost: a\r\nX: ${'y'.repeat(100_000)}\r\n\r\n`, /64 KB in all/],
    ['of HTTP/2', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', /not HTTP/],
    ['of a version to come', 'GET / HTTP/3.0\r\nHost: a\r\n\r\n', /not HTTP/],
  ])('%s', (_, bytes, says) => expectRefusal(bytes, 400, says));

  // What a proxy in front would understand otherwise than we do could smuggle a second request past it.
  test.each([
    ['two lengths', ['Content-Length: 4', 'Content-Length: 5']],
    ['a length and chunks', ['Content-Length: 4', 'Transfer-Encoding: chunked']],
    ['chunks and a length', ['Transfer-Encoding: chunked', 'Content-Length: 4']],
    ['chunks that are not the last encoding', ['Transfer-Encoding: chunked, identity']],
    ['an encoding that is almost chunks', ['Transfer-Encoding: xchunked']],
    ['a length that is no number', ['Content-Length: +4']],
  ])('with %s', (_, lines) =>
    expectRefusal(asBytes(post(json, ...lines), `0\r\n\r\n${asBytes(post(json, length), mail)}`), 400, /not HTTP/),
  );

  test('with a chunk whose size is none', () =>
    expectRefusal(asBytes(post(json, 'Transfer-Encoding: chunked'), 'zz\r\n'), 400, /not HTTP/));

  test('without a host, or with two', async () => {
    await expectRefusal(asBytes(['GET /api/v2/account HTTP/1.1', 'Connection: close', bearer()]), 400, /Host/);
    await expectRefusal(asBytes(post(json, 'Host: b', length), mail), 400, /Host/);
  });

  test('with two keys, two types or two idempotency keys', async () => {
    await expectRefusal(asBytes(post(json, 'Authorization: Bearer kx_other_other', length), mail), 401, /Bearer/);
    await expectRefusal(asBytes(post(json, 'Content-Type: text/plain', length), mail), 415, /application\/json/);
    const keys = ['Idempotency-Key: a', 'Idempotency-Key: b'];
    await expectRefusal(asBytes(post(json, ...keys, length), mail), 400, /1 to 255 visible ASCII/);
  });

  test('with a body that ends early', async () => {
    const headers = {
      authorization: `Bearer ${acme.key}`,
      'content-type': 'application/json',
      'content-length': 1_000,
    };
    const call = request(`${koltrix.url}/api/v2/emails`, { method: 'POST', headers });
    call.on('error', () => {});
    call.write(mail);
    await until(() => call.socket !== null && call.socket.bytesWritten > mail.length);
    call.destroy();
    expect((await acme.koltrix.emails.list()).data).toEqual([]);
  });
});

describe('a request is answered', () => {
  const account = (line: string, ...lines: string[]) => asBytes([line, bearer(), 'Connection: close', ...lines]);

  test.each([
    ['of HTTP/1.0, which has no host', 'GET /api/v2/account HTTP/1.0', []],
    ['with the whole URL, as proxies get it', 'GET http://elsewhere.example/api/v2/account HTTP/1.1', ['Host: a']],
    ['with an expectation that nobody knows', 'GET /api/v2/account HTTP/1.1', ['Host: a', 'Expect: a-miracle']],
    ['that would rather be HTTP/2', 'GET /api/v2/account HTTP/1.1', ['Host: a', 'Upgrade: h2c', 'HTTP2-Settings: x']],
    ['whatever it would like to see', 'GET /api/v2/account HTTP/1.1', ['Host: a', 'Accept: text/html']],
  ])('%s', async (_, line, lines) => {
    const { status, body } = await ask(account(line, ...lines));
    expect([status, JSON.parse(body)]).toMatchObject([200, { id: expect.stringMatching(/^ten_/) }]);
  });

  test('after it was told to go on with its body', async () => {
    const answer = await exchange(asBytes(post(json, 'Expect: 100-continue', length), mail));
    expect(answer).toMatch(/^HTTP\/1\.1 100 Continue\r\n\r\nHTTP\/1\.1 202 Accepted\r\n/);
  });

  test('in its turn, when several come at once', async () => {
    const paths = ['/api/v2/account', '/api/v2/nothing', '/docs', '/api/v2/emails?limit=0'];
    const first = paths.map((path) => asBytes([`GET ${path} HTTP/1.1`, 'Host: a', bearer()]));
    const answers = await exchange([...first, account('GET /api/v2/account HTTP/1.1', 'Host: a')].join(''));
    const statuses = [...answers.matchAll(/HTTP\/1\.1 (\d+) /g)].map(([, status]) => status);
    expect(statuses).toEqual(['200', '404', '200', '400', '200']);
  });
});
