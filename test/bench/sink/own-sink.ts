import { createServer, type Socket } from 'node:net';

/**
 * The SMTP sink for machines without Postfix's: every command gets the answer a client hopes for, every message is
 * counted and dropped. Started as a process of its own; the port is its argument.
 */
const REPORT_MS = 50;
const END_OF_DATA = '\r\n.\r\n';
const GREETING = '250-sink\r\n250-PIPELINING\r\n250-8BITMIME\r\n250-ENHANCEDSTATUSCODES\r\n250 DSN\r\n';

let taken = 0;

function converse(socket: Socket): void {
  let received = '';
  let in_data = false;
  socket.setNoDelay().setEncoding('latin1');
  socket.on('error', () => socket.destroy());
  socket.on('data', (chunk: string) => {
    received += chunk;
    let replies = '';
    for (;;) {
      const mark = in_data ? END_OF_DATA : '\r\n';
      const end = received.indexOf(mark);
      if (end < 0) break;
      const line = received.slice(0, end);
      received = received.slice(end + mark.length);
      if (in_data) {
        taken++;
        in_data = false;
        replies += '250 2.0.0 Ok\r\n';
      } else {
        in_data = line.toUpperCase() === 'DATA';
        // The line break before the first line belongs to the mark that ends an empty message.
        if (in_data) received = `\r\n${received}`;
        replies += replyTo(line);
      }
    }
    if (replies) socket.write(replies);
  });
  socket.write('220 sink ESMTP\r\n');
}

function replyTo(line: string): string {
  switch (line.slice(0, 4).toUpperCase()) {
    case 'EHLO':
      return GREETING;
    case 'DATA':
      return '354 End with a dot\r\n';
    case 'QUIT':
      return '221 2.0.0 Bye\r\n';
    default:
      return '250 2.0.0 Ok\r\n';
  }
}

let reported = 0;
setInterval(() => {
  if (reported === taken) return;
  reported = taken;
  process.stdout.write(`mesg=${taken}\r`);
}, REPORT_MS);
createServer(converse).listen(Number(process.argv[2]), '127.0.0.1', () => process.stdout.write('listening\n'));
