import { Readable } from 'node:stream';
import { HttpResponse, http } from 'msw';
import { setupServer } from 'msw/node';
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { type AcceptedEmail, isKoltrixError, Koltrix } from '../src/index.ts';
import { API_KEY, accepted, acceptIt, hello, json, rejectionOf, serve } from './support.ts';

describe('a call', () => {
  test('sends JSON with the key and gives the body of the answer', async () => {
    await using server = await serve(acceptIt);
    const email: AcceptedEmail = await server.client().emails.send(hello);
    expect(email).toEqual(accepted);
    const [request] = server.requests;
    expect(request).toMatchObject({ method: 'POST', url: '/api/v2/emails' });
    expect(request?.headers).toMatchObject({ authorization: `Bearer ${API_KEY}`, 'content-type': 'application/json' });
    expect(JSON.parse(String(request?.body))).toEqual(hello);
  });

  test('gives status, request id, replay and headers when asked for the response', async () => {
    await using server = await serve(
      json(202, accepted, { 'idempotent-replayed': 'true', ratelimit: '"default";r=9;t=1' }),
    );
    const { data, response } = await server.client().emails.send(hello).withResponse();
    expect(data).toEqual(accepted);
    expect(response).toMatchObject({ status: 202, request_id: 'req_01k9zq7d8ye2wbn5w0c8v7x3ma', replayed: true });
    expect(response.headers.get('ratelimit')).toBe('"default";r=9;t=1');
  });

  test('reads the rate limit from the headers, and says nothing where they do', async () => {
    await using server = await serve(
      json(202, accepted, { ratelimit: '"default";r=19999;t=1', 'ratelimit-policy': '"default";q=20000;w=60' }),
      json(202, accepted, { ratelimit: '"default"; r=0' }),
      json(202, accepted, { ratelimit: 'soon' }),
      acceptIt,
    );
    const limits = [];
    for (let i = 0; i < 4; i++)
      limits.push((await server.client().emails.send(hello).withResponse()).response.rate_limit);
    expect(limits).toEqual([
      { limit: 20000, window_s: 60, remaining: 19999, reset_s: 1 },
      { limit: undefined, window_s: undefined, remaining: 0, reset_s: undefined },
      undefined,
      undefined,
    ]);
  });

  test('puts path parameters, body, query and options in that order', async () => {
    await using server = await serve(json(200, { data: [], next_cursor: null }));
    const client = server.client();
    await client.emails.listEvents('em_1', { limit: 2 }, { headers: { 'x-trace': 'abc' } });
    await client.webhooks.update('wh_1', { state: 'enabled' });
    expect(server.requests.map((r) => `${r.method} ${r.url}`)).toEqual([
      'GET /api/v2/emails/em_1/events?limit=2',
      'PATCH /api/v2/webhooks/wh_1',
    ]);
    expect(server.requests[0]?.headers['x-trace']).toBe('abc');
  });

  test('escapes path parameters, and repeats the name of a list in the query', async () => {
    await using server = await serve(json(200, { data: [], next_cursor: null }));
    const client = server.client();
    await client.suppressions.get('a/b+c?@example.com');
    await client.events.list({ type: ['email.sent', 'email.bounced'], limit: 5 });
    expect(server.requests.map((r) => r.url)).toEqual([
      '/api/v2/suppressions/a%2Fb%2Bc%3F%40example.com',
      '/api/v2/events?type=email.sent&type=email.bounced&limit=5',
    ]);
  });

  test.each(['', '.', '..'])('refuses the path parameter "%s", which would name something else', async (id) => {
    await using server = await serve(json(200, {}));
    expect(() => server.client().emails.get(id)).toThrow(TypeError);
    expect(server.requests).toHaveLength(0);
  });

  test('gives nothing for an answer without a body', async () => {
    await using server = await serve((response) => response.writeHead(204).end());
    expect(await server.client().webhooks.delete('wh_1')).toBeUndefined();
  });

  test('sends no body and no content type where the optional body is left out', async () => {
    await using server = await serve(json(202, {}));
    await server.client().webhooks.test('wh_1');
    expect(server.requests[0]?.body).toHaveLength(0);
    expect(server.requests[0]?.headers).not.toHaveProperty('content-type');
  });

  test('gives the bytes of a raw source unchanged', async () => {
    const source = Buffer.from([0xff, 0x00, 0x0d, 0x0a, 0x80]);
    await using server = await serve((response) =>
      response.writeHead(200, { 'content-type': 'message/rfc822' }).end(source),
    );
    expect(Buffer.from(await server.client().testMessages.getSource('tm_1'))).toEqual(source);
  });

  test('does not follow a redirect, which would turn a POST into a GET', async () => {
    await using server = await serve((response) =>
      response.writeHead(301, { location: 'https://elsewhere.example/' }).end(),
    );
    const error = await rejectionOf(server.client().emails.send(hello));
    expect(error).toMatchObject({ status: 301, retryable: false });
    expect(String(error)).toContain('https://elsewhere.example/');
    expect(server.requests).toHaveLength(1);
  });
});

async function* pieces(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  for (const byte of bytes) yield Uint8Array.of(byte);
}

describe('a raw message', () => {
  const source = 'From: hello@acme.example\r\nSubject: Grüße\r\n\r\nHi\r\n';
  const bytes = new TextEncoder().encode(source);
  const envelope = { mail_from: 'hello@acme.example', rcpt_to: ['ada@example.com', 'bob+x@example.com'] };

  test.each([
    ['text', () => source],
    ['bytes', () => bytes],
    ['a Blob', () => new Blob([bytes], { type: 'text/plain' })],
    ['a web stream', () => new Blob([bytes]).stream()],
    ["a stream of Node's", () => Readable.from([bytes.slice(0, 9), bytes.slice(9)])],
    ['a generator', () => pieces(bytes)],
  ])('is sent byte for byte from %s, its envelope in the query', async (_, message) => {
    await using server = await serve(acceptIt);
    await server.client().emails.sendRaw(message(), { ...envelope, source: 'smtp' });
    const [request] = server.requests;
    expect(request?.url).toBe(
      '/api/v2/emails/raw?mail_from=hello%40acme.example&rcpt_to=ada%40example.com&rcpt_to=bob%2Bx%40example.com&source=smtp',
    );
    expect(request?.headers['content-type']).toBe('message/rfc822');
    expect(request?.body).toEqual(Buffer.from(bytes));
  });
});

describe('a client', () => {
  const network = setupServer();
  beforeAll(() => network.listen({ onUnhandledFrame: 'error' }));
  afterEach(() => {
    network.resetHandlers();
    vi.unstubAllEnvs();
  });
  afterAll(() => network.close());

  test.each([
    'https://mail.acme.example',
    'https://mail.acme.example/',
    'https://mail.acme.example/api/v2',
    'https://mail.acme.example/api/v2/',
  ])('finds the API below %s', async (baseUrl) => {
    network.use(http.get('https://mail.acme.example/api/v2/account', () => HttpResponse.json({ id: 'ten_1' })));
    expect(await new Koltrix({ apiKey: API_KEY, baseUrl }).account.get()).toEqual({ id: 'ten_1' });
  });

  test('takes key and address from the environment', async () => {
    vi.stubEnv('KOLTRIX_KEY', 'kx_from_env');
    vi.stubEnv('KOLTRIX_BASE_URL', 'https://env.example/mail');
    network.use(
      http.get('https://env.example/mail/api/v2/account', ({ request }) =>
        HttpResponse.json({ name: request.headers.get('authorization') }),
      ),
    );
    expect(await new Koltrix().account.get()).toEqual({ name: 'Bearer kx_from_env' });
  });

  test('talks to this machine by default', async () => {
    vi.stubEnv('KOLTRIX_BASE_URL', '');
    network.use(http.get('http://127.0.0.1:8025/api/v2/account', () => HttpResponse.json({ name: 'local' })));
    expect(await new Koltrix({ apiKey: API_KEY }).account.get()).toEqual({ name: 'local' });
  });

  test('uses the fetch that it is given, without a receiver', async () => {
    const seen: string[] = [];
    async function spy(this: unknown, input: string | URL | Request): Promise<Response> {
      expect(this).toBeUndefined();
      seen.push(String(input));
      return Response.json({});
    }
    await new Koltrix({ apiKey: API_KEY, baseUrl: 'https://x.example', fetch: spy }).account.get();
    expect(seen).toEqual(['https://x.example/api/v2/account']);
  });

  test('sends its own headers, which a call can replace in any case', async () => {
    network.use(
      http.get('https://x.example/api/v2/account', ({ request }) =>
        HttpResponse.json({ a: request.headers.get('x-a'), b: request.headers.get('x-b') }),
      ),
    );
    const client = new Koltrix({ apiKey: API_KEY, baseUrl: 'https://x.example', headers: { 'X-A': '1', 'X-B': '2' } });
    expect(await client.account.get({ headers: { 'x-b': '3' } })).toEqual({ a: '1', b: '3' });
  });

  test('refuses to be made without a key', () => {
    vi.stubEnv('KOLTRIX_KEY', '');
    expect(() => new Koltrix()).toThrow('KOLTRIX_KEY');
  });

  test.each(['nonsense', 'ftp://x.example', 'https://user:secret@x.example', 'https://x.example?a=1'])(
    'refuses the base URL %s',
    (baseUrl) => {
      let error: unknown;
      try {
        new Koltrix({ apiKey: API_KEY, baseUrl });
      } catch (thrown) {
        error = thrown;
      }
      expect(isKoltrixError(error)).toBe(true);
      expect(String(error)).toContain('baseUrl');
    },
  );
});
