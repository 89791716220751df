import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

/** Stands between a client and a server, as the network does. */
export interface TcpProxy extends AsyncDisposable {
  url: string;
  /** How many connections came through so far. */
  connections(): number;
  /** Breaks all connections; new ones are refused until `open`. */
  close(): Promise<void>;
  open(): Promise<void>;
}

export async function givenProxy(to: string): Promise<TcpProxy> {
  const { hostname, port } = new URL(to);
  const sockets = new Set<Socket>();
  let connections = 0;
  const server = createServer((inner) => {
    connections++;
    const outer = connect(Number(port), hostname);
    for (const [socket, other] of [
      [inner, outer],
      [outer, inner],
    ] as const) {
      sockets.add(socket);
      socket.pipe(other);
      socket.on('error', () => other.destroy()).on('close', () => sockets.delete(socket));
    }
  });
  const open = async (at = 0) => {
    server.listen(at, '127.0.0.1');
    await once(server, 'listening');
  };
  await open();
  const { port: own } = server.address() as AddressInfo;
  const close = async () => {
    if (!server.listening) return;
    const closed = once(server, 'close');
    server.close();
    for (const socket of sockets) socket.destroy();
    await closed;
  };
  return {
    url: `http://127.0.0.1:${own}`,
    connections: () => connections,
    close,
    open: () => open(own),
    [Symbol.asyncDispose]: close,
  };
}
