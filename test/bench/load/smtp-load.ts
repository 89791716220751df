import { createHistogram, resultOf } from './histogram.ts';
import type { LoadResult } from './load.ts';
import { emailMime, NUMBER, numbered } from './message.ts';
import { openSmtpConnection, type SmtpConnection, type SmtpServer } from './smtp-connection.ts';

export interface SmtpLoad extends SmtpServer {
  connections: number;
  seconds: number;
}

/**
 * One run: messages over connections that are open and logged in, each with its own recipient. A latency runs from MAIL to
 * the final 250. Throws at the first refusal.
 */
export async function runSmtpLoad(load: SmtpLoad): Promise<LoadResult> {
  const connections = await Promise.all(Array.from({ length: load.connections }, () => openSmtpConnection(load)));
  try {
    return await sendFor(connections, load.seconds, load.signal);
  } finally {
    for (const connection of connections) connection.close();
  }
}

async function sendFor(
  connections: readonly SmtpConnection[],
  seconds: number,
  signal: AbortSignal,
): Promise<LoadResult> {
  let count = 0;
  const latencies = createHistogram();
  const started_ms = performance.now();
  const end_ms = started_ms + seconds * 1_000;
  const lanes = connections.map(async (connection) => {
    for (let sent_ms = performance.now(); sent_ms < end_ms && !signal.aborted; ) {
      const number = ++count;
      await connection.send(
        'hello@acme.example',
        numbered(`user${NUMBER}@example.com`, number),
        numbered(emailMime, number),
      );
      const now_ms = performance.now();
      latencies.add(now_ms - sent_ms);
      sent_ms = now_ms;
    }
  });
  await Promise.all(lanes);
  signal.throwIfAborted();
  return resultOf(latencies, performance.now() - started_ms);
}
