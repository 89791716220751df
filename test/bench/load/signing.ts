import { generateKeyPairSync, randomBytes, sign } from 'node:crypto';
import { promisify } from 'node:util';
import { bodyHash } from '../../../server/mail/dkim/body-hash.ts';
import { dkimSignature } from '../../../server/mail/dkim/signature.ts';
import { createHistogram, resultOf } from './histogram.ts';
import { emailMime, numbered } from './message.ts';

/**
 * Signs for so long on the thread pool, as a worker does, and prints rate, latencies and CPU time. Arguments: what is
 * signed, seconds of warm-up, seconds. `digest`: OpenSSL alone, over the few bytes of a hash; `message`: DKIM of a message
 * that is new each time; `copy`: of one more recipient's copy, when the body's hash is known.
 */
const [what = 'message', ...numbers] = process.argv.slice(2);
const [warm_up_s = 0, seconds = 0] = numbers.map(Number);
/** As many as a worker has under way. */
const LANES = 100;

const { privateKey: private_key } = generateKeyPairSync('rsa', { modulusLength: 2_048 });
const signer = { domain: 'acme.example', selector: 'kx1', private_key };
const signDigest = promisify(sign);

const jobs: Record<string, (number: number) => Promise<unknown>> = {
  digest: () => signDigest('sha256', digest, private_key),
  message: async (number) => {
    const { head, body } = divide(number);
    return dkimSignature(head, await bodyHash(body), signer, new Date());
  },
  copy: (number) => dkimSignature(divide(number).head, known_hash, signer, new Date()),
};

function divide(number: number): { head: Buffer; body: Buffer } {
  const message = Buffer.from(numbered(emailMime, number));
  const end = message.indexOf('\r\n\r\n');
  return { head: message.subarray(0, end + 2), body: message.subarray(end + 4) };
}

const digest = randomBytes(32);
const known_hash = await bodyHash(divide(1).body);
const job = jobs[what];
if (!job) throw new Error(`nothing called ${what} can be signed`);

const latencies = createHistogram();
const start_ms = performance.now() + warm_up_s * 1_000;
const end_ms = start_ms + seconds * 1_000;
let count = 0;
let cpu = process.cpuUsage();
setTimeout(() => {
  cpu = process.cpuUsage();
}, warm_up_s * 1_000);

async function lane(run: (number: number) => Promise<unknown>): Promise<void> {
  for (;;) {
    const from_ms = performance.now();
    if (from_ms >= end_ms) return;
    await run(++count);
    const now_ms = performance.now();
    if (from_ms >= start_ms && now_ms <= end_ms) latencies.add(now_ms - from_ms);
  }
}
await Promise.all(Array.from({ length: LANES }, () => lane(job)));
const { user, system } = process.cpuUsage(cpu);
process.stdout.write(JSON.stringify({ ...resultOf(latencies, seconds * 1_000), cpu_us: user + system }));
