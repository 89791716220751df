import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Readable } from 'node:stream';
import { Koltrix } from 'koltrix';
import { createMockKoltrix, type MockKoltrix } from 'koltrix/testing';
import type { GivenKoltrix, Installation } from './installation.ts';
import { type Tenant, tenantOn } from './tenant.ts';

/**
 * The mock of the SDK in the place of an installation, so that a suite holds it to what it holds the server to. It is
 * spoken to over HTTP like the server. Each tenant is a mock of its own; there is no database and no SMTP.
 */
export async function givenMock({ env = {}, now = () => new Date() }: GivenKoltrix = {}): Promise<Installation> {
  const hasWorker = env.KOLTRIX_ROLES === undefined || env.KOLTRIX_ROLES.includes('worker');
  const mocks: MockKoltrix[] = [];
  const add = (apiKey: string) => {
    const mock = createMockKoltrix({ apiKey, now, webhooks: post });
    if (!hasWorker) mock.pauseDelivery();
    mocks.push(mock);
  };
  add('kx_mock_nobodys_0123456789');
  const server = await serve(async (request) => (await ownerOf(mocks, request)).fetch(request));
  const { url } = server;
  const sdk = (apiKey: string) => new Koltrix({ apiKey, baseUrl: url });
  return {
    url,
    smtp_port: 0,
    inbound_port: 0,
    get config() {
      return absent('configuration');
    },
    get database() {
      return absent('database');
    },
    get deps() {
      return absent('parts');
    },
    async tenant() {
      const key = `kx_mock_tenant_${mocks.length}_0123456789`;
      add(key);
      const koltrix = sdk(key);
      const keyWith: Tenant['keyWith'] = async (scope) => (await koltrix.apiKeys.create({ name: scope, scope })).key;
      return tenantOn({ id: key, key, url, smtp_port: 0, koltrix, keyWith });
    },
    sdk,
    async stopWorker() {
      for (const mock of mocks) {
        mock.pauseDelivery();
        await mock.settled();
      }
    },
    async startWorker() {
      for (const mock of mocks) mock.resumeDelivery();
    },
    async [Symbol.asyncDispose]() {
      for (const mock of mocks) mock.close();
      await server[Symbol.asyncDispose]();
    },
  };
}

/** The mock that knows the request's key; the first when none does, which refuses it. */
async function ownerOf(mocks: MockKoltrix[], { headers }: Request): Promise<MockKoltrix> {
  const authorization = headers.get('authorization');
  if (authorization) {
    for (const mock of mocks) {
      const { status } = await mock.fetch('http://mock/api/v2/account', { headers: { authorization } });
      if (status !== 401) return mock;
    }
  }
  return mocks[0] as MockKoltrix;
}

/** Webhooks go to receivers of the tests, and nowhere else. */
function post(request: Request): Promise<Response> {
  if (new URL(request.url).hostname !== '127.0.0.1') throw new Error('there is no network');
  return fetch(request, { redirect: 'manual' });
}

function absent(what: string): never {
  throw new Error(`The mock has no ${what}`);
}

type Fetch = (request: Request) => Promise<Response>;

/** Puts it behind a port. */
async function serve(fetch: Fetch): Promise<AsyncDisposable & { url: string }> {
  const server = createServer({ maxHeaderSize: 64 * 1024 }, (incoming, outgoing) => {
    answer(fetch, url, incoming, outgoing).catch((error) => outgoing.destroy(error));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    url,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

async function answer(fetch: Fetch, url: string, incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
  const gone = new AbortController();
  outgoing.once('close', () => gone.abort());
  const { method = 'GET' } = incoming;
  const hasBody = method !== 'GET' && method !== 'HEAD';
  const request = new Request(`${url}${incoming.url}`, {
    method,
    headers: Object.entries(incoming.headers).map(([name, value]): [string, string] => [name, String(value)]),
    signal: gone.signal,
    ...(hasBody && { body: Readable.toWeb(incoming), duplex: 'half' }),
  } as RequestInit);
  const response = await fetch(request);
  outgoing.writeHead(response.status, Object.fromEntries(response.headers));
  outgoing.flushHeaders();
  for await (const chunk of response.body ?? []) outgoing.write(chunk);
  outgoing.end();
}
