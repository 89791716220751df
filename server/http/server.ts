import { once } from 'node:events';
import { createServer, IncomingMessage, type Server, ServerResponse } from 'node:http';
import { Server as NetServer, type Socket } from 'node:net';
import type { Express } from 'express';
import { Refusal } from '../errors/refusal.ts';
import { newId, showId } from '../store/ids.ts';
import { problemOf } from './answer.ts';

export interface HttpServer extends AsyncDisposable {
  port: number;
}

/** Slow requests are cut off here; their bodies may take their time, within reason. */
const HEADERS_MS = 20_000;
const REQUEST_MS = 120_000;
const KEEP_ALIVE_MS = 65_000;
/** Fifty long recipients in the query of a raw message, percent-encoded, are 48 KB. */
const MAX_HEADER_BYTES = 64 * 1024;

/** Listens; rejects with the system's error when the port cannot be bound. Disposing lets requests under way finish. */
export async function startHttp(app: Express, { host, port }: { host: string; port: number }): Promise<HttpServer> {
  const server = createServer(
    {
      ...bornFor(app),
      headersTimeout: HEADERS_MS,
      requestTimeout: REQUEST_MS,
      keepAliveTimeout: KEEP_ALIVE_MS,
      maxHeaderSize: MAX_HEADER_BYTES,
      // Of two keys or two types Node would take the first, and a proxy in front perhaps the other. Joined, they are none.
      joinDuplicateHeaders: true,
      // The application asks for it, and says so in words.
      requireHostHeader: false,
    },
    app,
  );
  server.on('clientError', answerClientError);
  // What it does not know may be left alone (RFC 9110, 10.1.1); the library's own 417 would be no problem+json.
  server.on('checkExpectation', app);
  server.listen(port, host);
  await once(server, 'listening');
  const address = server.address();
  return {
    port: typeof address === 'object' && address ? address.port : port,
    [Symbol.asyncDispose]: () => stop(server),
  };
}

/**
 * Express gives every request and response the prototypes of its application, at some microseconds for each: V8 forgets
 * what it knows about an object whose prototype is replaced. Objects that are born with them need none.
 */
function bornFor(app: Express) {
  class AppRequest extends IncomingMessage {}
  class AppResponse extends ServerResponse {}
  app.request = Object.setPrototypeOf(AppRequest.prototype, app.request);
  app.response = Object.setPrototypeOf(AppResponse.prototype, app.response);
  return { IncomingMessage: AppRequest, ServerResponse: AppResponse };
}

/** What is still under way after this is cut off. */
const GRACE_MS = 3_000;
const IDLE_MS = 500;

/**
 * Not the server's own `close`, which cuts connections between two requests: a busy client's next one may be on its way.
 * It is answered, and told with the answer that the connection ends.
 */
async function stop(server: Server): Promise<void> {
  const closed = new Promise<void>((resolve) => NetServer.prototype.close.call(server, () => resolve()));
  server.prependListener('request', endAfterLast());
  // A process that has stood still runs its timers first: let it read what has come meanwhile before it calls that idle.
  const idle = setInterval(() => setImmediate(() => server.closeIdleConnections()), IDLE_MS);
  const timer = setTimeout(() => server.closeAllConnections(), GRACE_MS);
  await closed;
  clearInterval(idle);
  clearTimeout(timer);
}

/** Of requests that a client has pipelined on one connection, only the last may be told that it ends: the others come before. */
function endAfterLast(): (request: IncomingMessage, response: ServerResponse) => void {
  const last = new WeakMap<Socket, ServerResponse>();
  return ({ socket }, response) => {
    const before = last.get(socket);
    if (before && !before.headersSent) before.removeHeader('Connection');
    last.set(socket, response);
    response.setHeader('Connection', 'close');
  };
}

/** What is no HTTP at all, or came too slowly or too large, never reaches the application; it gets a problem too. */
function answerClientError(error: NodeJS.ErrnoException, socket: Socket): void {
  if (error.code === 'ECONNRESET' || !socket.writable) return void socket.destroy();
  const timed_out = error.code === 'ERR_HTTP_REQUEST_TIMEOUT';
  const refusal = timed_out
    ? new Refusal('request-timeout', 'The request took too long to arrive; send it again.')
    : new Refusal('invalid-request', saysWhyNot(error.code));
  const problem = problemOf(refusal, '/', showId('req', newId()));
  const body = JSON.stringify(problem);
  socket.end(
    `HTTP/1.1 ${problem.status} ${timed_out ? 'Request Timeout' : 'Bad Request'}\r\nConnection: close\r\n` +
      `Content-Type: application/problem+json; charset=utf-8\r\nX-Request-Id: ${problem.request_id}\r\n` +
      `Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
  );
}

function saysWhyNot(code = 'unknown'): string {
  if (code === 'HPE_HEADER_OVERFLOW')
    return `The request line and headers may have ${MAX_HEADER_BYTES / 1024} KB in all.`;
  return `This is not HTTP as RFC 9112 has it (${code}).`;
}
