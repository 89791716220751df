import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { Readable } from 'node:stream';
import tls from 'node:tls';
import { afterEach, describe, expect, test } from 'vitest';
import type { WebhookPolicy } from './policy.ts';
import { openPoster, type PosterOptions } from './post.ts';
import { answers, CERTIFICATE, startReceiver } from './receiver.test-support.ts';

const opened: AsyncDisposable[] = [];
afterEach(async () => {
  for (const thing of opened.splice(0).reverse()) await thing[Symbol.asyncDispose]();
});

function keep<T extends AsyncDisposable>(thing: T): T {
  opened.push(thing);
  return thing;
}

const addresses = (...all: string[]) => all.map((address) => ({ address, family: address.includes(':') ? 6 : 4 }));

const development: WebhookPolicy = {
  allow_insecure: true,
  allowed_networks: [],
  resolve: async () => addresses('127.0.0.1'),
};
const production: WebhookPolicy = { ...development, allow_insecure: false };

function poster(policy: Partial<WebhookPolicy> = {}, options: Partial<PosterOptions> = {}) {
  const stop = new AbortController().signal;
  return keep(openPoster({ policy: { ...development, ...policy }, timeout_ms: 2_000, stop, ...options }));
}

const receiver = async (...options: Parameters<typeof startReceiver>) => keep(await startReceiver(...options));
const posting = (url: string) => ({ url, headers: { 'webhook-id': 'evt_1' }, body: '{"a":"ü"}' });

describe('a request', () => {
  test('carries body, headers, path and query as they are', async () => {
    const { received, url } = await receiver();
    const answer = await poster().post(posting(`${url}/a%20b?token=x%0d%0a&y=1`));
    expect(answer).toMatchObject({ status_code: 200, error: null, interrupted: false });
    expect(received).toHaveLength(1);
    expect(received[0]).toMatchObject({ method: 'POST', path: '/hook/a%20b?token=x%0d%0a&y=1', body: '{"a":"ü"}' });
    expect(received[0]?.headers).toMatchObject({
      'content-type': 'application/json',
      'content-length': '10',
      'webhook-id': 'evt_1',
    });
  });

  test('reuses its connection, and takes another one for another address', async () => {
    const first = await receiver();
    const second = await receiver({ host: '127.0.0.2', port: first.port });
    let questions = 0;
    const { post } = poster({ resolve: async () => addresses(++questions === 6 ? '127.0.0.2' : '127.0.0.1') });
    for (let i = 0; i < 10; i++) await post(posting(`http://api.localhost:${first.port}/`));
    expect([first.received.length, second.received.length]).toEqual([9, 1]);
    expect(first.connections).toBeLessThanOrEqual(2);
  });

  test('over https goes to the checked address under the name of the URL', async () => {
    const { received, port } = await receiver({ tls: true });
    const before = tls.getCACertificates('default');
    tls.setDefaultCACertificates([...before, CERTIFICATE.cert]);
    try {
      const { post } = poster({ ...production, allowed_networks: ['127.0.0.0/8'] });
      expect(await post(posting(`https://hooks.acme.example:${port}/x`))).toMatchObject({
        status_code: 200,
        error: null,
      });
      expect(received[0]?.headers.host).toBe(`hooks.acme.example:${port}`);
      const other = await post(posting(`https://other.acme.example:${port}/x`));
      expect(other).toMatchObject({ status_code: null, error: 'TLS: the certificate is for another name' });
    } finally {
      tls.setDefaultCACertificates(before);
    }
  });

  test('is not made to a server whose certificate nobody vouches for', async () => {
    const { received, port } = await receiver({ tls: true });
    const { post } = poster({ ...production, allowed_networks: ['127.0.0.0/8'] });
    const answer = await post(posting(`https://hooks.acme.example:${port}/x`));
    expect(answer).toMatchObject({ status_code: null, error: 'TLS: the certificate is self-signed' });
    expect(received).toHaveLength(0);
  });

  test('falls back on the other checked addresses when the first does not answer', async () => {
    const { received, port } = await receiver();
    const { post } = poster({ resolve: async () => addresses('127.0.0.9', '127.0.0.1') });
    expect(await post(posting(`http://api.localhost:${port}/`))).toMatchObject({ status_code: 200 });
    expect(received).toHaveLength(1);
  });
});

describe('a name that is meant to lead inside', () => {
  test('is asked about once, and the connection goes to the address that was checked', async () => {
    const checked = await receiver({ host: '127.0.0.2' });
    const rebound = await receiver({ host: '127.0.0.1', port: checked.port });
    const questions: string[] = [];
    const resolve = async (name: string) => {
      questions.push(name);
      return addresses(questions.length === 1 ? '127.0.0.2' : '127.0.0.1');
    };
    const { post } = poster({ ...production, allow_insecure: true, resolve });
    expect(await post(posting(`http://rebinding.localhost:${checked.port}/`))).toMatchObject({ status_code: 200 });
    expect(questions).toEqual(['rebinding.localhost']);
    expect([checked.received.length, rebound.received.length]).toEqual([1, 0]);
  });

  test('is refused at the second try when it has turned to a private address by then', async () => {
    const { received, port } = await receiver({ host: '127.0.0.2' });
    const answers_in_turn = [addresses('127.0.0.2'), addresses('169.254.169.254')];
    const { post } = poster({ resolve: async () => answers_in_turn.shift() ?? [] });
    const url = `http://rebinding.localhost:${port}/`;
    expect(await post(posting(url))).toMatchObject({ status_code: 200 });
    expect(await post(posting(url))).toMatchObject({
      status_code: null,
      error: expect.stringContaining('169.254.169.254'),
    });
    expect(received).toHaveLength(1);
  });

  test.each([
    ['after a public one', ['93.184.215.14', '127.0.0.1']],
    ['before a public one', ['127.0.0.1', '93.184.215.14']],
    ['mapped into IPv6', ['93.184.215.14', '::ffff:127.0.0.1']],
    ['alone', ['10.0.0.1']],
  ])('is refused as a whole for one address that is not public: %s', async (_where, all) => {
    const { received, connections, port } = await receiver();
    const { post } = poster({ ...production, resolve: async () => addresses(...all) });
    const answer = await post(posting(`https://hooks.acme.example:${port}/`));
    expect(answer).toMatchObject({ status_code: null, error: expect.stringContaining('is not a public address') });
    expect([received.length, connections]).toEqual([0, 0]);
  });

  test('is refused when the URL was accepted under a policy that no longer holds', async () => {
    const { received, url } = await receiver();
    expect(await poster(production).post(posting(url))).toMatchObject({
      status_code: null,
      error: 'not sent: the URL must be an https URL',
    });
    expect(received).toHaveLength(0);
  });
});

describe('an answer', () => {
  test('that redirects is not followed', async () => {
    const inside = await receiver({ host: '127.0.0.2' });
    const { url, received } = await receiver({ behave: answers(307, { location: inside.url }) });
    const answer = await poster().post(posting(url));
    expect(answer).toMatchObject({ status_code: 307, location: inside.url });
    expect([received.length, inside.received.length]).toEqual([1, 0]);
  });

  test('is kept to its first KB, as text that a database and a terminal can take', async () => {
    const { url } = await receiver({ behave: answers(500, {}, `\u0000\u001b[2Jé${'x'.repeat(5_000)}`) });
    const { response_excerpt } = await poster().post(posting(url));
    expect(response_excerpt).toMatch(/^\[2Jéx+$/);
    expect(Buffer.byteLength(response_excerpt ?? '')).toBe(1_022);
  });

  test('in bytes that are no UTF-8 is made readable', async () => {
    const { url } = await receiver({ behave: (response) => void response.end(Buffer.from([0x6f, 0xff, 0x6b])) });
    expect((await poster().post(posting(url))).response_excerpt).toBe('o\ufffdk');
  });

  test('without end is cut off, and counts by its status', async () => {
    let written = 0;
    function* endless() {
      for (; written < 1e9; written += 65_536) yield Buffer.alloc(65_536, 'x');
    }
    const { url } = await receiver({ behave: (response) => void Readable.from(endless()).pipe(response) });
    const answer = await poster().post(posting(url));
    expect(answer).toMatchObject({ status_code: 200, error: null, response_excerpt: 'x'.repeat(1_024) });
    expect(answer.duration_ms).toBeLessThan(8_000);
    expect(written).toBeLessThan(50e6);
  });

  test('whose body trickles is cut off at the deadline, and counts by its status', async () => {
    const { url } = await receiver({
      behave: (response) => {
        const timer = setInterval(() => response.write('x'), 50);
        response.on('close', () => clearInterval(timer));
      },
    });
    const answer = await poster({}, { timeout_ms: 1_000 }).post(posting(url));
    expect(answer).toMatchObject({ status_code: 200, response_excerpt: expect.stringMatching(/^x{1,30}$/) });
    expect(answer.duration_ms).toBeLessThan(8_000);
  });

  test('that never comes is given up at the deadline', async () => {
    const { url } = await receiver({ behave: () => {} });
    const answer = await poster({}, { timeout_ms: 300 }).post(posting(url));
    expect(answer).toMatchObject({ status_code: null, error: 'no answer within 0.3 s' });
    expect(answer.duration_ms).toBeGreaterThanOrEqual(290);
    expect(answer.duration_ms).toBeLessThan(8_000);
  });

  test('that has no end of headers is given up: slowly at the deadline, quickly when they are too large', async () => {
    const slow = keep(await startRaw((socket) => drip(socket, 'HTTP/1.1 200 OK\r\n', 'x: y\r\n', 50)));
    expect(await poster({}, { timeout_ms: 400 }).post(posting(slow.url))).toMatchObject({
      status_code: null,
      error: 'no answer within 0.4 s',
    });
    const large = keep(
      await startRaw((socket) => drip(socket, 'HTTP/1.1 200 OK\r\n', `x: ${'y'.repeat(4_000)}\r\n`, 1)),
    );
    expect(await poster().post(posting(large.url))).toMatchObject({
      status_code: null,
      error: "the answer's headers are too large",
    });
  });

  test('that is no HTTP, and a connection that is closed, refused or cut, are told in words', async () => {
    const babble = keep(await startRaw((socket) => void socket.end('220 mx.example ESMTP\r\n')));
    expect((await poster().post(posting(babble.url))).error).toMatch(/^no answer: .*HTTP/);
    const closing = keep(await startRaw((socket) => void socket.end()));
    expect((await poster().post(posting(closing.url))).error).toBe('the connection was closed before an answer came');
    await closing[Symbol.asyncDispose]();
    expect((await poster().post(posting(closing.url))).error).toBe('the connection was refused');
  });
});

describe('a name', () => {
  test('that cannot be resolved is told in words', async () => {
    const missing = Object.assign(new Error('getaddrinfo ENOTFOUND'), { code: 'ENOTFOUND' });
    const { post } = poster({ ...production, resolve: () => Promise.reject(missing) });
    expect((await post(posting('https://hooks.acme.example/'))).error).toBe('the name could not be resolved');
    const none = poster({ ...production, resolve: async () => [] });
    expect((await none.post(posting('https://hooks.acme.example/'))).error).toContain('has no address');
  });

  test('whose resolver hangs is given up at the deadline', async () => {
    const { post } = poster({ ...production, resolve: () => new Promise(() => {}) }, { timeout_ms: 200 });
    expect((await post(posting('https://hooks.acme.example/'))).error).toBe('no answer within 0.2 s');
  });
});

test('stopping cuts off what is under way, and says that it was us', async () => {
  const { url, received } = await receiver({ behave: () => {} });
  const stop = new AbortController();
  const under_way = poster({}, { stop: stop.signal }).post(posting(url));
  await expect.poll(() => received.length).toBe(1);
  stop.abort();
  expect(await under_way).toMatchObject({
    status_code: null,
    interrupted: true,
    error: 'cut off: the server was stopping',
  });
});

/** A server below HTTP. */
async function startRaw(talk: (socket: Socket) => void) {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket.on('error', () => {}).on('close', () => sockets.delete(socket)));
    socket.once('data', () => talk(socket));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      if (server.listening) await new Promise((resolve) => server.close(resolve));
    },
  };
}

function drip(socket: Socket, start: string, line: string, every_ms: number): void {
  socket.write(start);
  const timer = setInterval(() => socket.write(line), every_ms);
  socket.on('close', () => clearInterval(timer));
}
