import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { createHistogram, resultOf } from './histogram.ts';
import { CONNECTIONS, type HttpLoad, type LoadResult } from './load.ts';
import { numbered } from './message.ts';

/**
 * Our own load generator, for machines without wrk. It speaks just enough HTTP/1.1 (RFC 9112) for answers with a
 * Content-Length, straight on the sockets, so that it costs little beside the server that it measures.
 */
export async function runOwnClient(load: HttpLoad): Promise<LoadResult> {
  const latencies = createHistogram();
  const next = requestsOf(load);
  const started_ms = performance.now();
  const end_ms = started_ms + load.seconds * 1_000;
  const lanes = Array.from({ length: CONNECTIONS }, async () => {
    const socket = connect({ host: new URL(load.url).hostname, port: Number(new URL(load.url).port), noDelay: true });
    try {
      await once(socket, 'connect', { signal: load.signal });
      const ask = exchangeOn(socket);
      while (performance.now() < end_ms && !load.signal.aborted) {
        const asked_ms = performance.now();
        const status = await ask(next());
        if (status >= 300) throw new Error(`${load.url} answered ${status}`);
        latencies.add(performance.now() - asked_ms);
      }
    } finally {
      socket.destroy();
    }
  });
  await Promise.all(lanes);
  load.signal.throwIfAborted();
  return resultOf(latencies, performance.now() - started_ms);
}

function requestsOf({ url, api_key, keyed, template, run }: HttpLoad): () => string {
  const { pathname, host } = new URL(url);
  const head =
    `POST ${pathname} HTTP/1.1\r\nHost: ${host}\r\nAuthorization: Bearer ${api_key}\r\n` +
    `Content-Type: application/json\r\nContent-Length: ${Buffer.byteLength(template)}\r\n`;
  let count = 0;
  return () => {
    const number = ++count;
    const key = keyed ? `Idempotency-Key: ${run}-${number}\r\n` : '';
    return `${head}${key}\r\n${numbered(template, number)}`;
  };
}

/** Sends one request and resolves with the status once the whole answer is there; one at a time. */
function exchangeOn(socket: Socket): (request: string) => Promise<number> {
  let received = '';
  let waiting: { resolve(status: number): void; reject(error: Error): void } | undefined;
  socket.setEncoding('latin1');
  socket.on('data', (chunk: string) => {
    received += chunk;
    const head_end = received.indexOf('\r\n\r\n');
    if (head_end < 0) return;
    const head = received.slice(0, head_end);
    const length = /^content-length: *(\d+)/im.exec(head)?.[1];
    if (length === undefined) return void socket.destroy(new Error('an answer without Content-Length'));
    if (received.length < head_end + 4 + Number(length)) return;
    received = '';
    waiting?.resolve(Number(head.slice(9, 12)));
  });
  const fail = (error: Error) => waiting?.reject(error);
  socket.on('error', fail);
  socket.on('close', () => fail(new Error('the server has closed the connection')));
  return (request) =>
    new Promise((resolve, reject) => {
      waiting = { resolve, reject };
      socket.write(request);
    });
}
