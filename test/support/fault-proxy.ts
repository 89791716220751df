import { createServer, request as httpRequest, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** What happens to one request on its way. */
export type Mishap =
  /** The connection breaks before the server hears of it. */
  | 'lose the request'
  /** The server does what was asked; the connection breaks before the first byte of its answer. */
  | 'lose the answer'
  /** The server does what was asked; the answer never comes, and the connection stays. */
  | 'withhold the answer'
  /** The answer begins and breaks off after so many bytes. */
  | { cut_after_bytes: number }
  /** A gateway answers in the server's stead. */
  | { status: number; headers?: Record<string, string>; body?: string };

export interface FaultProxy extends AsyncDisposable {
  url: string;
  /** The requests that came, in order. */
  seen: { method: string; path: string; key: string | undefined; last_event_id: string | undefined }[];
  /** For the requests to come, one each; after them everything passes. */
  plan(...mishaps: (Mishap | 'pass')[]): void;
}

/** The network between a client and a server, on a bad day. */
export async function givenFaultProxy(target: string): Promise<FaultProxy> {
  const seen: FaultProxy['seen'] = [];
  let planned: (Mishap | 'pass')[] = [];
  const server = createServer((request, response) => {
    const { method = '', url = '', headers } = request;
    const header = (name: string) => headers[name]?.toString();
    seen.push({ method, path: url, key: header('idempotency-key'), last_event_id: header('last-event-id') });
    suffer(planned.shift() ?? 'pass', request, response, target);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    seen,
    plan(...mishaps) {
      planned = mishaps;
    },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function suffer(mishap: Mishap | 'pass', request: IncomingMessage, response: ServerResponse, target: string): void {
  if (mishap === 'lose the request') {
    request.socket.destroy();
    return;
  }
  if (typeof mishap === 'object' && 'status' in mishap) {
    request.resume().on('end', () => response.writeHead(mishap.status, mishap.headers).end(mishap.body));
    return;
  }
  const { method = 'GET', headers, url = '/' } = request;
  const onward = httpRequest(new URL(url, target), { method, headers, agent: false }, (answer) => {
    if (mishap === 'lose the answer' || mishap === 'withhold the answer') {
      answer.resume().on('end', () => mishap === 'lose the answer' && request.socket.destroy());
      return;
    }
    response.writeHead(answer.statusCode ?? 502, answer.headers);
    let left_bytes = mishap === 'pass' ? Number.POSITIVE_INFINITY : mishap.cut_after_bytes;
    answer.on('data', (chunk: Buffer) => {
      if (left_bytes <= 0) return;
      response.write(chunk.subarray(0, left_bytes));
      left_bytes -= chunk.length;
      if (left_bytes <= 0) response.socket?.destroySoon();
    });
    answer.on('end', () => response.end());
  });
  onward.on('error', () => response.destroy());
  response.on('close', () => onward.destroy());
  request.pipe(onward);
}
