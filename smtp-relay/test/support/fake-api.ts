import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { ProblemCode } from 'koltrix';

/** One message as the API got it, complete. */
export interface ReceivedMessage {
  body: string;
  mail_from: string | null;
  rcpt_to: string[];
  source: string | null;
  key: string | null;
  idempotency_key: string;
  content_type: string | undefined;
}

export interface FakeApi {
  url: string;
  /** Complete requests to send a message, in order, replays included. */
  received: ReceivedMessage[];
  /** Requests to send a message that have begun, whatever came of them. */
  begun: number;
  /** Requests whose body broke off. */
  broken: number;
  /** Requests to GET /account. */
  lookUps: number;
  /** Emails made: one for each idempotency key. */
  emails: Map<string, string>;
  /** What GET /account answers for a key: a scope, or a problem; `kx_send` alone is known at first. */
  keys: Map<string, 'full' | 'send' | 'read' | ProblemCode>;
  /**
   * Replaces the answer to a message. `die` commits and then drops the connection without a word; `drop` does so before it
   * has read anything, as a server whose idle time is up just then; `hang` never answers; `stall` does not even read;
   * `html` answers 200 like some web page.
   */
  misbehave: ProblemCode | 'die' | 'drop' | 'hang' | 'stall' | 'html' | undefined;
  stop(): Promise<void>;
  /** Listens again at the port it had. */
  restart(): Promise<void>;
}

const statuses: Partial<Record<ProblemCode, number>> = {
  unauthenticated: 401,
  forbidden: 403,
  'domain-not-verified': 403,
  'not-found': 404,
  'method-not-allowed': 405,
  'request-timeout': 408,
  'idempotency-key-in-progress': 409,
  'invalid-state': 409,
  'payload-too-large': 413,
  'unsupported-media-type': 415,
  'idempotency-key-reused': 422,
  'rate-limited': 429,
  'internal-error': 500,
  unavailable: 503,
};

/** A small API that answers as the contract says, and remembers what it was sent. */
export async function startFakeApi(): Promise<FakeApi> {
  let server: Server;
  let port = 0;
  const api: FakeApi = {
    url: '',
    received: [],
    begun: 0,
    broken: 0,
    lookUps: 0,
    emails: new Map(),
    keys: new Map([['kx_send', 'send']]),
    misbehave: undefined,
    async stop() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
    async restart() {
      server = createServer((request, response) => void handle(api, request, response));
      await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
      port = (server.address() as AddressInfo).port;
      api.url = `http://127.0.0.1:${port}`;
    },
  };
  await api.restart();
  return api;
}

async function handle(api: FakeApi, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const url = new URL(request.url ?? '/', 'http://api');
  const key = request.headers.authorization?.replace(/^Bearer /, '') ?? null;
  const known = api.keys.get(key ?? '') ?? 'unauthenticated';
  if (url.pathname === '/api/v2/account') {
    api.lookUps += 1;
    if (known === 'full' || known === 'send' || known === 'read') answer(response, 200, { id: 'ten_1', scope: known });
    else problem(response, known);
    return;
  }
  api.begun += 1;
  if (api.misbehave === 'drop') return void request.socket.destroy();
  if (api.misbehave === 'stall') return;
  const chunks: Buffer[] = [];
  try {
    for await (const chunk of request) chunks.push(chunk);
  } catch {
    api.broken += 1;
    return;
  }
  const message: ReceivedMessage = {
    body: Buffer.concat(chunks).toString('latin1'),
    mail_from: url.searchParams.get('mail_from'),
    rcpt_to: url.searchParams.getAll('rcpt_to'),
    source: url.searchParams.get('source'),
    key,
    idempotency_key: String(request.headers['idempotency-key']),
    content_type: request.headers['content-type'],
  };
  api.received.push(message);
  if (known === 'unauthenticated') return problem(response, known);
  const { misbehave } = api;
  if (misbehave === 'hang') return;
  if (misbehave === 'html') return answer(response, 200, '<h1>It works!</h1>', 'text/html');
  if (misbehave && misbehave !== 'die') return problem(response, misbehave);
  const id = api.emails.get(message.idempotency_key) ?? `em_${api.emails.size + 1}`;
  api.emails.set(message.idempotency_key, id);
  if (misbehave === 'die') {
    request.socket.destroy();
    return;
  }
  answer(response, 202, { id, status: 'queued', created_at: '2026-01-01T00:00:00Z', messages: [] });
}

function problem(response: ServerResponse, code: ProblemCode): void {
  const status = statuses[code] ?? 400;
  const retryable = status === 408 || status === 429 || status >= 500 || code === 'idempotency-key-in-progress';
  if (retryable) response.setHeader('retry-after', '1');
  const body = { type: `/problems/${code}`, title: code, status, code, detail: `Details of ${code}`, retryable };
  answer(response, status, { ...body, instance: '/', request_id: 'req_1' }, 'application/problem+json');
}

function answer(response: ServerResponse, status: number, body: unknown, type = 'application/json'): void {
  response.writeHead(status, { 'content-type': type });
  response.end(typeof body === 'string' ? body : JSON.stringify(body));
}
