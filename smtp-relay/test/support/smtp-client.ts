import { once } from 'node:events';
import { connect as connectSocket, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';

/** A bare SMTP client: it sends what it is told, byte for byte, and reads whole replies. */
export interface SmtpClient {
  socket: Socket;
  /** The server's first reply. */
  greeting: string;
  /** The next reply, all its lines joined by `\n`; rejects after `PATIENCE_MS` or when the server has hung up. */
  reply(): Promise<string>;
  write(data: string | Buffer): void;
  /** Sends a line and reads the reply. */
  command(line: string): Promise<string>;
  /** EHLO and AUTH PLAIN. */
  logIn(key?: string): Promise<string>;
  /** MAIL FROM, RCPT TO and DATA, up to the 354. */
  startData(rcpt_to?: string[]): Promise<string>;
  /** STARTTLS, or what is sent in its stead, and the handshake; takes any certificate. */
  startTls(command?: string): Promise<void>;
  /** Resolves when the server has hung up. */
  closed: Promise<unknown>;
}

/** A busy machine may take its time; whoever says nothing is found out all the same. */
const PATIENCE_MS = 20_000;

export async function connect(port: number, host = '127.0.0.1'): Promise<SmtpClient> {
  let socket: Socket = connectSocket({ port, host });
  let received = '';
  let wake = (): void => {};
  const listen = (): void => {
    socket.on('data', (chunk: Buffer) => {
      received += chunk.toString('latin1');
      wake();
    });
    socket.on('error', () => wake());
    socket.on('close', () => wake());
  };
  listen();
  const closed = new Promise((resolve) => socket.once('close', resolve));
  await once(socket, 'connect');

  const client: SmtpClient = {
    socket,
    greeting: '',
    closed,
    async reply() {
      const end_ms = Date.now() + PATIENCE_MS;
      const deadline = setTimeout(() => wake(), PATIENCE_MS + 10);
      for (;;) {
        const found = /^(?:\d{3}-.*\r\n)*\d{3}(?: .*)?\r\n/.exec(received);
        if (found) {
          clearTimeout(deadline);
          received = received.slice(found[0].length);
          return found[0].trimEnd().replaceAll('\r\n', '\n');
        }
        if (socket.destroyed) throw new Error(`hung up; left over: ${received}`);
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
        if (Date.now() >= end_ms) throw new Error(`no reply; left over: ${received}`);
      }
    },
    write(data) {
      socket.write(data);
    },
    command(line) {
      socket.write(`${line}\r\n`);
      return client.reply();
    },
    async logIn(key = 'kx_send') {
      await client.command('EHLO client.test');
      return client.command(`AUTH PLAIN ${Buffer.from(`\0any\0${key}`).toString('base64')}`);
    },
    async startData(rcpt_to = ['ada@example.test']) {
      await client.command('MAIL FROM:<app@acme.test>');
      for (const address of rcpt_to) await client.command(`RCPT TO:<${address}>`);
      return client.command('DATA');
    },
    async startTls(command = 'STARTTLS') {
      await client.command(command);
      socket.removeAllListeners('data');
      socket = connectTls({ socket, rejectUnauthorized: false });
      client.socket = socket;
      listen();
      await once(socket, 'secureConnect');
    },
  };
  client.greeting = await client.reply();
  return client;
}
