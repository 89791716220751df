import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { until } from './until.ts';

/** A bare SMTP client: it sends what it is told, byte for byte, and reads whole replies. */
export interface SmtpClient extends Disposable {
  socket: Socket;
  /** The next reply, all its lines joined by `\n`. */
  reply(): Promise<string>;
  write(data: string | Buffer): void;
  /** Sends a line and reads the reply. */
  command(line: string): Promise<string>;
  /** EHLO and AUTH PLAIN. */
  logIn(key: string): Promise<string>;
  /** STARTTLS and the handshake; takes any certificate. */
  startTls(): Promise<void>;
}

export async function connectSmtp(port: number): Promise<SmtpClient> {
  let socket: Socket = connect({ port, host: '127.0.0.1' });
  let received = '';
  const listen = () => {
    socket.on('data', (chunk: Buffer) => {
      received += chunk.toString('latin1');
    });
    socket.on('error', () => {});
  };
  listen();
  const client: SmtpClient = {
    get socket() {
      return socket;
    },
    reply: () =>
      until(
        () => {
          const found = /^(?:\d{3}-.*\r\n)*\d{3}(?: .*)?\r\n/.exec(received)?.[0];
          received = received.slice(found?.length ?? 0);
          return found?.trimEnd().replaceAll('\r\n', '\n');
        },
        { every_ms: 2 },
      ),
    write(data) {
      socket.write(data);
    },
    command(line) {
      socket.write(`${line}\r\n`);
      return client.reply();
    },
    async logIn(key) {
      await client.command('EHLO client.test');
      return client.command(`AUTH PLAIN ${Buffer.from(`\0any\0${key}`).toString('base64')}`);
    },
    async startTls() {
      await client.command('STARTTLS');
      socket.removeAllListeners('data');
      socket = connectTls({ socket, rejectUnauthorized: false });
      listen();
      await once(socket, 'secureConnect');
    },
    [Symbol.dispose]() {
      socket.destroy();
    },
  };
  await client.reply();
  return client;
}
