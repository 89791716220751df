import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { expect, test } from 'vitest';
import { givenDatabase } from '../../test/support/database.ts';
import { openDatabase } from './database.ts';

/** The way to the database, on which everything may be lost without a word. */
async function givenWay(socket_path: string) {
  const sockets = new Set<Socket>();
  let lost = false;
  const server = createServer((inner) => {
    const outer = connect(socket_path);
    for (const [from, to] of [
      [inner, outer],
      [outer, inner],
    ] as const) {
      sockets.add(from);
      from.on('data', (chunk) => lost || to.write(chunk)).on('error', () => {});
      from.on('close', () => {
        if (!lost) to.destroy();
      });
    }
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    lose(all: boolean) {
      lost = all;
    },
    async [Symbol.asyncDispose]() {
      server.close();
      for (const socket of sockets) socket.destroy();
    },
  };
}

test('a database that vanishes without a word is "unavailable" for each kind of work, and serves again when it is back', async () => {
  await using database = await givenDatabase();
  const { host, user, database: name } = database.connection;
  await using way = await givenWay(`${host}/.s.PGSQL.5432`);
  await using db = openDatabase({
    connection: { host: '127.0.0.1', port: way.port, user, database: name },
    pool_size: 3,
    patience_ms: 2_000,
    onIdleError: () => {},
  });
  const one = { name: 'test.one', text: 'select 1 as one', values: [] };
  const works = [
    () => db.query(one),
    () => db.transaction((tx) => tx.query(one)),
    () => db.pipeline([{ ...one, name: 'test.first' }]),
  ];
  for (const work of works) await work();
  // Three connections, so that each kind of work finds one that it takes for alive.
  await Promise.all(works.map((work) => work()));
  way.lose(true);
  const outcomes = await Promise.allSettled(works.map((work) => work()));
  for (const outcome of outcomes)
    expect(outcome).toMatchObject({ status: 'rejected', reason: { code: 'unavailable' } });
  way.lose(false);
  for (const work of works) await work();
});

test('a statement that fails costs neither its connection nor the transaction after it', async () => {
  await using database = await givenDatabase();
  await using db = openDatabase({ connection: database.connection, pool_size: 1, onIdleError: () => {} });
  const pid = async () =>
    (await db.query<{ pid: number }>({ name: 'test.pid', text: 'select pg_backend_pid() as pid', values: [] })).rows[0]
      ?.pid;
  const before = await pid();
  const wrong = { name: 'test.wrong', text: 'select 1 / 0', values: [] };
  await expect(db.query(wrong)).rejects.toMatchObject({ code: '22012' });
  await expect(db.transaction((tx) => tx.query(wrong))).rejects.toMatchObject({ code: '22012' });
  await expect(db.pipeline([wrong])).rejects.toMatchObject({ code: '22012' });
  expect(await pid()).toBe(before);
});
