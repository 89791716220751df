import { ConnectError, type ConnectOptions, connect, type OpenLine } from './connection.ts';
import type { HostMemory } from './host-memory.ts';
import type { Destination, SmtpServer } from './route.ts';

/** A line to the first of the servers that can be reached. Rejects with the most telling of their faults. */
export async function openLine(
  { servers }: Pick<Destination, 'servers'>,
  memory: HostMemory,
  options: ConnectOptions,
): Promise<OpenLine> {
  const faults: { server: SmtpServer; error: ConnectError }[] = [];
  for (const server of servers()) {
    if (memory.awayUntil(server)) continue;
    try {
      const line = await connectOrFallBack(server, memory, options);
      memory.setThere(server);
      return line;
    } catch (error) {
      if (!(error instanceof ConnectError)) throw error;
      if (!error.own_fault) memory.setAway(server);
      faults.push({ server, error });
    }
  }
  const telling = faults.find(({ error }) => error.response) ?? faults[0];
  if (!telling) throw new Error('its servers could not be reached a moment ago');
  if (telling.error.response || faults.length === 1) throw telling.error;
  throw new Error(faults.map(({ server, error }) => `${server.host}: ${error.message}`).join('; '));
}

/** Mail that would go in the clear where there is no TLS goes in the clear, too, where TLS is broken. */
async function connectOrFallBack(server: SmtpServer, memory: HostMemory, options: ConnectOptions): Promise<OpenLine> {
  if (server.tls !== 'fallback') return connect(server, options);
  if (memory.isTlsBroken(server)) return connect({ ...server, tls: 'none' }, options);
  try {
    return await connect(server, options);
  } catch (error) {
    if (!(error instanceof ConnectError) || !error.tls) throw error;
    memory.setTlsBroken(server);
    return connect({ ...server, tls: 'none' }, options);
  }
}
