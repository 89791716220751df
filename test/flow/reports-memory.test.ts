import { connect, type Socket } from 'node:net';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { defaultLimits } from '../../server/inbound/limits.ts';
import { startInbound } from '../../server/inbound/server.ts';
import { returnPath } from '../../server/mail/return-path.ts';
import { createTokens } from '../../server/mail/token.ts';
import { newId } from '../../server/store/ids.ts';
import { givenDatabase, type TestDatabase } from '../support/database.ts';
import { freePort } from '../support/free-port.ts';
import { isReady, launch } from '../support/launch.ts';
import { readLines } from '../support/line-reader.ts';
import { silentLog } from '../support/log.ts';
import { until } from '../support/until.ts';

const MB = 1024 * 1024;
const BOUNCE_DOMAIN = 'bounces.koltrix.example';
const tokens = createTokens('a secret for tests alone');

let stack = new AsyncDisposableStack();
let database: TestDatabase;
beforeEach(async () => {
  database = stack.use(await givenDatabase());
});
afterEach(async () => {
  await stack.disposeAsync();
  stack = new AsyncDisposableStack();
});

/** A client at an address of its own, in the middle of a message about nothing that was sent. */
interface Midway {
  socket: Socket;
  /** Ends the message; the reply. */
  end(): Promise<string>;
}

async function begin(port: number, localAddress: string): Promise<Midway> {
  const socket = connect({ host: '127.0.0.1', port, localAddress });
  stack.defer(() => void socket.destroy());
  socket.on('error', () => {});
  const lines = readLines(socket);
  const reply = async (): Promise<string> => {
    const line = (await lines.until('\r\n'))?.toString() ?? 'closed';
    return /^\d{3}-/.test(line) ? reply() : line;
  };
  await reply();
  for (const command of ['EHLO x', 'MAIL FROM:<>', `RCPT TO:<${returnPath(tokens, newId(), BOUNCE_DOMAIN)}>`, 'DATA']) {
    socket.write(`${command}\r\n`);
    await reply();
  }
  return {
    socket,
    end() {
      socket.write('\r\n.\r\n');
      return reply();
    },
  };
}

const all = (socket: Socket, bytes: Buffer) => new Promise<void>((resolve) => socket.write(bytes, () => resolve()));

describe('messages that come in at once', () => {
  test('share the room that there is, by address, and those that find none are told to come later', async () => {
    const limits = { max_kept_bytes: 256 * 1024, max_held_bytes: MB, max_held_bytes_per_address: 512 * 1024 };
    const inbound = stack.use(
      await startInbound(
        { db: database.db, hints: { give() {} }, tokens, log: silentLog, now: () => new Date(), newId },
        { host: '127.0.0.1', port: 0, name: 'x', tls: undefined, tokens, bounce_domain: BOUNCE_DOMAIN, limits },
      ),
    );
    const large = Buffer.from(`${'x'.repeat(998)}\r\n`.repeat(300));
    const held: Midway[] = [];
    const hold = async (address: string) => {
      const midway = await begin(inbound.port, address);
      await all(midway.socket, large);
      held.push(midway);
      return midway;
    };
    const one = await hold('127.0.2.1');
    await hold('127.0.2.1');
    // The server has both when it has answered what came after them on a connection of its own.
    await until(async () => (await (await hold('127.0.2.1')).end()).startsWith('452 4.3.1'));
    // Another's own share is there.
    await hold('127.0.2.2');
    await hold('127.0.2.2');
    await until(async () => (await (await hold('127.0.2.3')).end()).startsWith('452 4.3.1'));
    // It names nothing of ours: read to its end, and refused for that.
    expect(await one.end()).toMatch(/^550 5\.7\.1/);
    expect(await (await hold('127.0.2.1')).end()).toMatch(/^550 5\.7\.1/);
  });

  test('take little more than what is kept of them, however small the pieces', { timeout: 90_000 }, async () => {
    const port = await freePort();
    const env = { KOLTRIX_BOUNCE_DOMAIN: BOUNCE_DOMAIN, KOLTRIX_INBOUND_PORT: String(port) };
    const server = stack.use(await launch({ roles: 'inbound', database, env }));
    await isReady(server);
    const at_rest = await server.memory_bytes();
    // Each line is stuffed with a dot, so each comes as a piece of its own.
    const dots = Buffer.from('..\r\n'.repeat(defaultLimits.max_kept_bytes / 4));
    const clients = await Promise.all(Array.from({ length: 15 }, () => begin(port, '127.0.2.9')));
    await Promise.all(clients.map(({ socket }) => all(socket, dots)));
    const replies = await Promise.all(clients.map(({ end }) => end()));
    expect(new Set(replies.map((reply) => reply.slice(0, 9)))).toEqual(new Set(['550 5.7.1']));
    // As lists of pieces they took 25 MB each.
    expect((await server.memory_bytes()) - at_rest).toBeLessThan(150 * MB);
  });
});
