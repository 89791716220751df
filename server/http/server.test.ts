import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { text } from 'node:stream/consumers';
import express from 'express';
import { expect, test } from 'vitest';
import { type HttpServer, startHttp } from './server.ts';

/** An application that answers when it is told to. */
async function givenServer(): Promise<{
  server: HttpServer;
  arrived: (count: number) => Promise<void>;
  answer(): void;
}> {
  const app = express();
  const waiting: (() => void)[] = [];
  app.use((_request, response) => {
    waiting.push(() => response.end('Hello'));
    app.emit('arrived');
  });
  return {
    server: await startHttp(app, { host: '127.0.0.1', port: 0 }),
    async arrived(count) {
      while (waiting.length < count) await once(app, 'arrived');
    },
    answer() {
      for (const reply of waiting) reply();
    },
  };
}

const get = 'GET / HTTP/1.1\r\nHost: api\r\n\r\n';

async function given(port: number): Promise<Socket> {
  const socket = connect(port, '127.0.0.1');
  await once(socket, 'connect');
  return socket;
}

test('a stop answers all that a client has sent on one connection without waiting, and then ends it', async () => {
  const { server, arrived, answer } = await givenServer();
  const socket = await given(server.port);
  socket.write(get);
  await arrived(1);
  const stopped = server[Symbol.asyncDispose]();
  socket.write(get.repeat(2));
  await arrived(3);
  answer();
  const answers = (await text(socket)).split(/(?=HTTP\/1\.1 200)/);
  expect(answers.map((one) => /^connection: close/im.test(one))).toEqual([false, false, true]);
  await stopped;
});
