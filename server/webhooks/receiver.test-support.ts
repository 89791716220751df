import { once } from 'node:events';
import { createServer, type IncomingMessage, type RequestListener, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';

export interface Received {
  method: string | undefined;
  path: string | undefined;
  headers: IncomingMessage['headers'];
  body: string;
}

export type Behaviour = (response: ServerResponse, received: Received) => void | Promise<void>;

export const answers =
  (status: number, headers: Record<string, string> = {}, body = ''): Behaviour =>
  (response) =>
    void response.writeHead(status, headers).end(body);

export interface ReceiverOptions {
  /** One of 127.0.0.0/8. */
  host?: string;
  port?: number;
  tls?: boolean;
  behave?: Behaviour;
}

/** A real server that keeps what it is sent. */
export async function startReceiver({
  host = '127.0.0.1',
  port = 0,
  tls = false,
  behave = answers(200),
}: ReceiverOptions = {}) {
  const receiver = { received: [] as Received[], connections: 0, at_once: 0, most_at_once: 0, behave };
  const listener: RequestListener = async (request, response) => {
    receiver.most_at_once = Math.max(receiver.most_at_once, ++receiver.at_once);
    response.on('close', () => receiver.at_once--);
    let body = '';
    for await (const chunk of request.setEncoding('utf8')) body += chunk;
    const { method, url: path, headers } = request;
    receiver.received.push({ method, path, headers, body });
    await receiver.behave(response, receiver.received.at(-1) as Received);
  };
  const server = tls ? createTlsServer(CERTIFICATE, listener) : createServer(listener);
  server.on('connection', () => receiver.connections++).listen(port, host);
  await once(server, 'listening');
  const { port: bound } = server.address() as AddressInfo;
  return Object.assign(receiver, {
    port: bound,
    url: `${tls ? 'https' : 'http'}://${host}:${bound}/hook`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  });
}

export type Receiver = Awaited<ReturnType<typeof startReceiver>>;

/** Self-signed, for hooks.acme.example, good until 2120; it protects nothing. */
export const CERTIFICATE = {
  key: `-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQg0mJwdT6xRA8TAFCu
9wZACj2DGOINmmTXYzl/pByufyChRANCAARzkJTEXI+jM71JPrle8+xkSU14HhZP
9K6K6p1sE0c8hSq38Wxmu1z06krsopqlkLofdh00KcACprWQF8RCBKQP
-----END PRIVATE KEY-----`,
  cert: `-----BEGIN CERTIFICATE-----
MIIBezCCASKgAwIBAgIBATAKBggqhkjOPQQDAjAdMRswGQYDVQQDDBJob29rcy5h
Y21lLmV4YW1wbGUwIBcNMjAwMTAxMDAwMDAwWhgPMjEyMDAxMDEwMDAwMDBaMB0x
GzAZBgNVBAMMEmhvb2tzLmFjbWUuZXhhbXBsZTBZMBMGByqGSM49AgEGCCqGSM49
AwEHA0IABHOQlMRcj6MzvUk+uV7z7GRJTXgeFk/0rorqnWwTRzyFKrfxbGa7XPTq
SuyimqWQuh92HTQpwAKmtZAXxEIEpA+jUTBPMA8GA1UdEwEB/wQFMAMBAf8wHQYD
VR0RBBYwFIISaG9va3MuYWNtZS5leGFtcGxlMB0GA1UdDgQWBBQcdbDnb/eA30yu
ovvb4m6GtHVrjzAKBggqhkjOPQQDAgNHADBEAiBjKnrRqXrWiPGGbM34ztVbxdvd
viu+kuLNdItMDPefBwIgLLZfDyxUTfs9mlX4qHWX6WKs7mwifPkpaHmNWnCuriY=
-----END CERTIFICATE-----`,
};
