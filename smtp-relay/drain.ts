import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { replies } from './reply.ts';
import type { RelayServer } from './server.ts';

/** How often the relay looks whether a conversation has come to its end. */
const look_every_ms = 25;
/** How long a client may take to hang up once it was told 421. */
const hang_up_ms = 500;

/**
 * Stops listening, tells idle clients 421 at once and the others as soon as their message is answered, or at the end of
 * the time given. Resolves when nobody is left.
 *
 * @param giveUp - called when time is up, before those still under way are cut off
 */
export async function drain(server: RelayServer, timeout_ms: number, giveUp: () => void): Promise<void> {
  const conversations = [...server.connections];
  const closed = once(server.server, 'close');
  server.server.close();
  server.draining = true;

  for (let left_ms = timeout_ms; server.connections.size > 0 && left_ms > 0; left_ms -= look_every_ms) {
    for (const connection of server.connections) if (!connection.busy) connection.reply(replies.shuttingDown);
    await Promise.race([closed, sleep(look_every_ms)]);
  }
  if (server.connections.size > 0) giveUp();
  for (const connection of server.connections) connection.reply(replies.shuttingDown);
  await Promise.race([closed, sleep(hang_up_ms)]);
  // Not in the middle of a TLS handshake, which must not lose the socket below it; the library's own limit ends that.
  for (const { _socket, _upgrading } of conversations) if (!_upgrading) _socket.destroy();
}
