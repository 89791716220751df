import SMTPConnection from 'nodemailer/lib/smtp-connection';
import { createHistogram, resultOf } from '../load/histogram.ts';
import { emailMime, numbered } from '../load/message.ts';

/**
 * The ceiling of deliver: nodemailer's SMTP client in one process handing a ready message to the sink, again and again.
 * Arguments: the sink's port, messages in all, messages that only warm up, connections. Prints rate, latencies and CPU time.
 */
const [port = 0, total = 0, warm_up = 0, connection_count = 0] = process.argv.slice(2).map(Number);

const latencies = createHistogram();
let [sent, done] = [0, 0];
let [warm_ms, warm_cpu] = [performance.now(), process.cpuUsage()];

function open(): Promise<SMTPConnection> {
  const connection = new SMTPConnection({ host: '127.0.0.1', port, ignoreTLS: true });
  return new Promise((resolve, reject) => {
    connection.once('error', reject);
    connection.connect((error) => (error ? reject(error) : resolve(connection)));
  });
}

function send(connection: SMTPConnection, number: number): Promise<void> {
  const envelope = { from: 'hello@acme.example', to: [`user${number}@example.com`] };
  return new Promise((resolve, reject) => {
    connection.send(envelope, Buffer.from(numbered(emailMime, number)), (error) => (error ? reject(error) : resolve()));
  });
}

async function lane(connection: SMTPConnection): Promise<void> {
  while (sent < total) {
    const started_ms = performance.now();
    await send(connection, ++sent);
    if (++done === warm_up) [warm_ms, warm_cpu] = [performance.now(), process.cpuUsage()];
    if (done > warm_up) latencies.add(performance.now() - started_ms);
  }
  connection.quit();
}

const connections = await Promise.all(Array.from({ length: connection_count }, open));
await Promise.all(connections.map(lane));
const { user, system } = process.cpuUsage(warm_cpu);
const result = { ...resultOf(latencies, performance.now() - warm_ms), cpu_us: user + system };
process.stdout.write(`${JSON.stringify(result)}\n`);
