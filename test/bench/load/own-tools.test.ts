import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { startSink } from '../sink/index.ts';
import { runHttpLoad } from './http-load.ts';
import { emailJson } from './message.ts';
import { openSmtpConnection } from './smtp-connection.ts';

const { signal } = new AbortController();

async function givenHttpServer(status: number) {
  const seen = { recipients: new Set<string>(), keys: new Set<unknown>(), requests: 0 };
  const server = createServer(async (request, response) => {
    const body = JSON.parse(Buffer.concat(await request.toArray()).toString());
    seen.requests++;
    seen.recipients.add(body.to[0]);
    seen.keys.add(request.headers['idempotency-key']);
    response.writeHead(status, { 'Content-Length': 2 }).end('{}');
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const load = {
    url: `http://127.0.0.1:${port}/api/v2/emails`,
    api_key: 'kx_any',
    seconds: 0.2,
    template: emailJson,
    signal,
  };
  return { seen, load, [Symbol.asyncDispose]: async () => void server.close() };
}

describe('our own HTTP client', () => {
  test('counts every request that was answered; each has its own recipient and idempotency key', async () => {
    await using server = await givenHttpServer(202);
    const { count, p50_ms } = await runHttpLoad({}, { ...server.load, keyed: true });
    expect(count).toBeGreaterThan(0);
    expect(server.seen.requests).toBe(count);
    expect(server.seen.recipients.size).toBe(count);
    expect(server.seen.keys.size).toBe(count);
    expect(p50_ms).toBeGreaterThan(0);
  });

  test('sends no idempotency keys when none are wanted', async () => {
    await using server = await givenHttpServer(202);
    await runHttpLoad({}, { ...server.load, keyed: false });
    expect([...server.seen.keys]).toEqual([undefined]);
  });

  test('gives no figures when requests are refused', async () => {
    await using server = await givenHttpServer(429);
    await expect(runHttpLoad({}, { ...server.load, keyed: true })).rejects.toThrow('429');
  });
});

describe('our own sink', () => {
  test('takes messages over one connection, counts them, and reads no command out of them', async () => {
    await using sink = await startSink({});
    const connection = await openSmtpConnection({ port: sink.port, signal });
    for (const text of ['one\r\n', 'DATA\r\nQUIT\r\n', ''])
      await connection.send('a@acme.example', 'b@example.com', text);
    connection.close();
    for (let tries = 0; tries < 100 && sink.taken() < 3; tries++) await sleep(20);
    expect(sink.taken()).toBe(3);
  });
});

describe('our own SMTP client', () => {
  test('gives up when the server refuses what it was sent', async () => {
    await using sink = await startSink({});
    await expect(openSmtpConnection({ port: sink.port, api_key: 'kx_any', signal })).rejects.toThrow('235');
  });
});
