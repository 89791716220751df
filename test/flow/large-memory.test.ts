import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { givenDatabase } from '../support/database.ts';
import { givenKoltrix } from '../support/koltrix.ts';
import { type Smarthost, startSmarthost } from '../support/smarthost.ts';
import type { Tenant } from '../support/tenant.ts';
import { until } from '../support/until.ts';
import { startWorkerProcess, type WorkerProcess } from '../support/worker-process.ts';

const MB = 1024 * 1024;
const stack = new AsyncDisposableStack();
/** Recipient and size of what has arrived; the messages themselves would fill this process instead. */
const arrived: { rcpt_to: string; size_bytes: number }[] = [];

let smarthost: Smarthost;
let worker: WorkerProcess;
let acme: Tenant;
beforeAll(async () => {
  const database = stack.use(await givenDatabase());
  smarthost = stack.use(
    await startSmarthost({
      behave({ stage }) {
        const mail = stage === 'message' && smarthost.received.pop();
        if (mail) arrived.push({ rcpt_to: mail.rcpt_to, size_bytes: mail.message.length });
        return undefined;
      },
    }),
  );
  const env = { KOLTRIX_DELIVERY: smarthost.url };
  const api = stack.use(await givenKoltrix({ database, env: { ...env, KOLTRIX_ROLES: 'api' } }));
  acme = await api.tenant();
  worker = stack.use(await startWorkerProcess(database, env));
  await send(['warm@example.test'], 1_000);
  await until(() => arrived.length === 1, { timeout_ms: 30_000 });
});
afterAll(() => stack.disposeAsync());

async function send(to: string[], size_bytes: number): Promise<void> {
  await acme.koltrix.emails.send({
    from: 'hello@acme.example',
    to,
    subject: 'Large',
    body_text: 'See attachment',
    attachments: [{ filename: 'a.bin', content: randomBytes(size_bytes).toString('base64') }],
  });
}

/** How far the worker's memory rises until so many have arrived. */
async function riseUntil(count: number, work: () => Promise<void>): Promise<number> {
  arrived.splice(0);
  const before = await worker.memory_bytes();
  let most = before;
  await work();
  await until(
    async () => {
      most = Math.max(most, await worker.memory_bytes());
      return arrived.length === count;
    },
    { timeout_ms: 60_000 },
  );
  return most - before;
}

test('50 recipients of a 5 MB attachment share it', async () => {
  const to = Array.from({ length: 50 }, (_, i) => `ada+${i}@example.test`);
  const rise = await riseUntil(50, () => send(to, 5 * MB));
  console.log('rise', Math.round(rise / MB));
  expect(new Set(arrived.map((m) => m.rcpt_to)).size).toBe(50);
  expect(Math.min(...arrived.map((m) => m.size_bytes))).toBeGreaterThan(6.6 * MB);
  // All copies at once would be 340 MB as text alone, and several times that with what each conversation buffers.
  expect(rise).toBeLessThan(400 * MB);
}, 90_000);

test('many large messages at once take turns', async () => {
  const rise = await riseUntil(16, async () => {
    for (let i = 0; i < 16; i++) await send([`ada+${i}@example.test`], 12 * MB);
  });
  console.log('rise', Math.round(rise / MB));
  expect(new Set(arrived.map((m) => m.rcpt_to)).size).toBe(16);
  expect(rise).toBeLessThan(400 * MB);
}, 120_000);
