import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';

/** A request on its way to the server. */
export interface Seen {
  method: string;
  /** Below `/api/v2`. */
  path: string;
  query: URLSearchParams;
  headers: Record<string, string>;
  body: string;
  /** The body, when it is JSON. */
  json: unknown;
}

/** What goes back to the caller. */
export interface Answered {
  status: number;
  headers: Record<string, string>;
  body: string;
}

/** Passes the request on as it is, or with changes. */
export type Forward = (changes?: Partial<Pick<Seen, 'headers' | 'body' | 'query' | 'path'>>) => Promise<Answered>;

/** What the proxy does with a request: as a server with this fault would. */
export type Fault = (seen: Seen, forward: Forward) => Promise<Answered>;

export interface FaultyProxy extends AsyncDisposable {
  url: string;
  /** From now on. */
  plant(fault: Fault): void;
}

const BASE = '/api/v2';
const asItIs: Fault = (_seen, forward) => forward();

/** Stands in front of a real server and plants one fault at a time. */
export async function givenFaultyProxy(target: string): Promise<FaultyProxy> {
  let fault = asItIs;
  const server = createServer((request, response) => {
    void answer(target, fault, request, response).catch((error: Error) => response.destroy(error));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    plant(next) {
      fault = next;
    },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

async function answer(target: string, fault: Fault, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const url = new URL(request.url ?? '', target);
  const body = (await buffer(request)).toString('latin1');
  const headers = headersOf(request);
  const seen: Seen = {
    method: request.method ?? '',
    path: url.pathname.slice(BASE.length),
    query: url.searchParams,
    headers,
    body,
    json: parsed(body),
  };
  const {
    status,
    headers: answered,
    body: text,
  } = await fault(seen, async (changes = {}) => {
    const next = { ...seen, ...changes };
    const query = next.query.size ? `?${next.query}` : '';
    const result = await fetch(`${target}${BASE}${next.path}${query}`, {
      method: next.method,
      headers: next.headers,
      redirect: 'manual',
      ...(next.body !== '' && { body: Buffer.from(next.body, 'latin1') }),
    });
    const isStream = result.headers.get('content-type')?.startsWith('text/event-stream') ?? false;
    return {
      status: result.status,
      headers: Object.fromEntries([...result.headers].filter(([name]) => !HOP.has(name))),
      body: isStream ? await firstFrames(result) : Buffer.from(await result.arrayBuffer()).toString('latin1'),
    };
  });
  response.writeHead(status, answered);
  response.end(Buffer.from(text, 'latin1'));
}

const HOP = new Set(['connection', 'keep-alive', 'transfer-encoding', 'content-length', 'content-encoding']);

function headersOf({ headers }: IncomingMessage): Record<string, string> {
  const kept = Object.entries(headers).filter(([name]) => !HOP.has(name) && name !== 'host' && name !== 'expect');
  return Object.fromEntries(kept.map(([name, value]) => [name, String(value)]));
}

function parsed(body: string): unknown {
  try {
    return JSON.parse(Buffer.from(body, 'latin1').toString());
  } catch {
    return undefined;
  }
}

/** A stream has no end: what comes within a moment is what there is to be changed. */
async function firstFrames(response: Response): Promise<string> {
  const reader = response.body?.getReader();
  let text = '';
  for (;;) {
    const pause = new Promise<undefined>((resolve) => setTimeout(resolve, 300));
    const read = await Promise.race([reader?.read(), pause]);
    if (!read?.value) break;
    text += Buffer.from(read.value).toString('latin1');
  }
  await reader?.cancel();
  return text;
}
