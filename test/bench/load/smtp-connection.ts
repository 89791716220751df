import { once } from 'node:events';
import { connect, type Socket } from 'node:net';

/** An SMTP connection that sends what it is told, byte for byte. */
export interface SmtpConnection {
  /** MAIL, RCPT and DATA in one packet (RFC 2920), then the message; resolves with the final 250. */
  send(mail_from: string, rcpt_to: string, message: string): Promise<void>;
  close(): void;
}

export interface SmtpServer {
  port: number;
  /** The password of AUTH PLAIN; without it nobody logs in. */
  api_key?: string;
  /** Of loopback; the system's choice when absent. */
  local_address?: string;
  signal: AbortSignal;
}

/** Connects and logs in. Everything rejects when the server says another thing than hoped for. */
export async function openSmtpConnection({
  port,
  api_key,
  local_address,
  signal,
}: SmtpServer): Promise<SmtpConnection> {
  const localAddress = local_address && { localAddress: local_address };
  const socket = connect({ port, host: '127.0.0.1', noDelay: true, signal, ...localAddress });
  const expect = repliesOf(socket);
  await once(socket, 'connect');
  await expect('220');
  socket.write('EHLO bench.example\r\n');
  await expect('250');
  if (api_key !== undefined) {
    socket.write(`AUTH PLAIN ${Buffer.from(`\0bench\0${api_key}`).toString('base64')}\r\n`);
    await expect('235');
  }
  return {
    async send(mail_from, rcpt_to, message) {
      socket.write(`MAIL FROM:<${mail_from}>\r\nRCPT TO:<${rcpt_to}>\r\nDATA\r\n`);
      await expect('250');
      await expect('250');
      await expect('354');
      socket.write(`${message}.\r\n`);
      await expect('250');
    },
    close() {
      socket.end('QUIT\r\n');
      socket.resume();
    },
  };
}

/** Waits for the next whole reply (RFC 5321 section 4.2.1) and holds its code against what was hoped for. */
function repliesOf(socket: Socket): (code: string) => Promise<void> {
  const replies: string[] = [];
  let partial = '';
  let broken: Error | undefined;
  let wake = () => {};
  socket.setEncoding('latin1');
  socket.on('data', (chunk: string) => {
    const lines = (partial + chunk).split('\r\n');
    partial = lines.pop() ?? '';
    // The last line of a reply has a space after its code; the others a hyphen.
    replies.push(...lines.filter((line) => line[3] !== '-'));
    wake();
  });
  const fail = (error: Error) => {
    broken ??= error;
    wake();
  };
  socket.on('error', fail);
  socket.on('close', () => fail(new Error('the server has closed the connection')));
  return async (code) => {
    while (!replies.length) {
      if (broken) throw broken;
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    }
    const reply = replies.shift() ?? '';
    if (!reply.startsWith(code)) throw new Error(`the server answered ${reply} where ${code} was hoped for`);
  };
}
