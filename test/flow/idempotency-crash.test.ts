import { once } from 'node:events';
import { connect } from 'node:net';
import { expect, test } from 'vitest';
import { givenDatabase, rows, type TestDatabase } from '../support/database.ts';
import { holdTable } from '../support/held-table.ts';
import { givenServer, type Server } from '../support/server.ts';
import { until } from '../support/until.ts';
import { givenWorld } from '../support/world.ts';

let database: TestDatabase;
givenWorld(async (stack) => {
  database = stack.use(await givenDatabase());
});

const email = { from: 'hello@acme.example', to: ['ada@example.test'], subject: 'Hello', body_text: 'Hi' };

/** The request as bytes on a socket, whose answer nobody reads. */
async function post({ url, key }: Server, path: string, body: string, idempotency_key: string) {
  const { hostname, port } = new URL(url);
  const socket = connect(Number(port), hostname);
  socket.on('error', () => {});
  await once(socket, 'connect');
  socket.write(
    `POST /api/v2${path} HTTP/1.1\r\nHost: ${hostname}\r\nAuthorization: Bearer ${key}\r\n` +
      `Content-Type: application/json\r\nIdempotency-Key: ${idempotency_key}\r\n` +
      `Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
  );
  return socket;
}

const waiting = () =>
  until(async () => {
    const found = await rows(
      database.db,
      `select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`,
    );
    return found.length > 0;
  });

const answerOf = async (key: string) => {
  const [row] = await rows<{ answer: Buffer }>(database.db, 'select answer from idempotency_keys where key = $1', [
    key,
  ]);
  return row && JSON.parse(row.answer.toString());
};

test.each([
  ['/emails', email, 'crashed-email'],
  ['/emails/batch', { emails: [email, email] }, 'crashed-batch'],
])(
  'a process that dies between commit and answer has sent %s once, and the next one replays it',
  async (path, body, key) => {
    await using first = await givenServer({ roles: 'api', database });
    const held = await holdTable(database, 'outbound_messages');
    const socket = await post(first, path, JSON.stringify(body), key);
    await waiting();
    // Stopped while its statement waits for the table: Postgres commits, and the process can no longer tell anybody.
    first.now.freeze();
    await held.release();
    const committed = await until(() => answerOf(key));
    await first.now.kill('SIGKILL');
    expect(socket.read()).toBe(null);
    socket.destroy();

    await using second = await givenServer({ roles: 'api', database });
    const response = await fetch(`${second.url}/api/v2${path}`, {
      method: 'POST',
      headers: { authorization: `Bearer ${second.key}`, 'content-type': 'application/json', 'idempotency-key': key },
      body: JSON.stringify(body),
    });
    expect(response.status).toBe(202);
    expect(response.headers.get('idempotent-replayed')).toBe('true');
    expect(await response.json()).toEqual(committed);
    const { email_ids } = await second.koltrix.idempotencyKeys.get(key);
    const stored = await rows<{ id: string }>(database.db, 'select id from emails');
    expect(stored).toHaveLength(email_ids.length);
    await rows(database.db, 'delete from emails');
  },
);

test('a process that dies before the commit has sent nothing, and the next one sends', async () => {
  await using first = await givenServer({ roles: 'api', database });
  const held = await holdTable(database, 'outbound_messages');
  const socket = await post(first, '/emails', JSON.stringify(email), 'died-early');
  await waiting();
  await first.now.kill('SIGKILL');
  // The orphaned statement notices that its client has gone only once it can answer; here it is ended as by a restart.
  await rows(
    database.db,
    `select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`,
  );
  await held.release();
  socket.destroy();
  await using second = await givenServer({ roles: 'api', database });
  await expect(second.koltrix.idempotencyKeys.get('died-early')).rejects.toMatchObject({ code: 'not-found' });
  const { response } = await second.koltrix.emails.send(email, { idempotencyKey: 'died-early' }).withResponse();
  expect(response).toMatchObject({ status: 202, replayed: false });
  expect(await rows(database.db, 'select from emails')).toHaveLength(1);
});
