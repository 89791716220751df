import { startRelay } from '../../main.ts';

/**
 * A relay in a process of its own, so that its memory can be told from the test's. It is given the API's URL, names its
 * port on the first line, and answers each line of input with its resident memory in bytes.
 */
const log = { info() {}, warn() {}, error() {} };
const relay = await startRelay({
  host: '127.0.0.1',
  port: 0,
  apiUrl: process.argv[2] ?? '',
  limits: { drain_timeout_ms: 100 },
  log,
});
process.stdout.write(`${relay.port}\n`);
process.stdin.on('data', () => process.stdout.write(`${process.memoryUsage.rss()}\n`));
process.stdin.on('end', () => void relay.close());
