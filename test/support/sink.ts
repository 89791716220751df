import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';

export interface SunkMessage {
  /** The outbound message's uuid, as delivery names it (RFC 3461). */
  envid: string;
  rcpt_to: string;
  source: string;
}

/** A smarthost that takes everything and keeps it: what has been there was delivered, however Koltrix ended. */
export interface Sink extends AsyncDisposable {
  url: string;
  messages: SunkMessage[];
}

/** @param delay_ms - how long each message waits for its final 250 */
export async function givenSink({ delay_ms = 0 } = {}): Promise<Sink> {
  const messages: SunkMessage[] = [];
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket)).on('error', () => {});
    converse(socket, messages, delay_ms);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `smtp://127.0.0.1:${(server.address() as AddressInfo).port}`,
    messages,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}

function converse(socket: Socket, messages: SunkMessage[], delay_ms: number): void {
  let received = '';
  let envelope = { envid: '', rcpt_to: '' };
  let in_data = false;
  const reply = (text: string) => void (socket.writable && socket.write(`${text}\r\n`));
  reply('220 sink');
  socket.on('data', (bytes) => {
    received += bytes.toString('latin1');
    for (;;) {
      const end = in_data ? received.indexOf('\r\n.\r\n') : received.indexOf('\r\n');
      if (end < 0) return;
      const unit = received.slice(0, end);
      received = received.slice(end + (in_data ? 5 : 2));
      if (in_data) {
        // Counted when it is complete: from here on the receiver has it, whether or not its 250 is heard.
        messages.push({ ...envelope, source: unit });
        setTimeout(reply, delay_ms, '250 2.0.0 Taken');
        in_data = false;
      } else if (/^EHLO/i.test(unit)) reply('250-sink\r\n250-8BITMIME\r\n250 DSN');
      else if (/^MAIL/i.test(unit)) {
        envelope = { envid: /ENVID=(\S+)/i.exec(unit)?.[1] ?? '', rcpt_to: '' };
        reply('250 2.1.0 OK');
      } else if (/^RCPT/i.test(unit)) {
        envelope.rcpt_to = /<([^>]*)>/.exec(unit)?.[1] ?? '';
        reply('250 2.1.5 OK');
      } else if (/^DATA/i.test(unit)) {
        in_data = true;
        reply('354 Go on');
      } else if (/^QUIT/i.test(unit)) socket.end('221 Bye\r\n');
      else reply('250 2.0.0 OK');
    }
  });
}
