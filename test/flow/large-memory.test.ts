import { randomBytes } from 'node:crypto';
import { afterEach, expect, test } from 'vitest';
import { givenDatabase, rows } from '../support/database.ts';
import { givenKoltrix } from '../support/koltrix.ts';
import { launch } from '../support/launch.ts';
import { type Smarthost, startSmarthost } from '../support/smarthost.ts';
import { until } from '../support/until.ts';

const MB = 1024 * 1024;
/** A worker at rest takes about 110 MB, and 380 to 430 MB here; without its budget it does not get through at all. */
const BOUND_BYTES = 700 * MB;

const REPEAT = `
  with copied as (
    insert into emails (tenant_id, id, source, mail_from, from_header, from_address, subject, tags, metadata, format,
                        content, created_at, message_ids)
    select tenant_id, gen_random_uuid(), source, mail_from, from_header, from_address, subject, tags, metadata, format,
           content, created_at, array[gen_random_uuid()]
      from emails, generate_series(1, $1::int)
    returning tenant_id, id, message_ids
  )
  insert into outbound_messages (id, tenant_id, email_id, recipient, recipient_canonical, kind, status, due_at, queued_at)
  select message_ids[1], tenant_id, id, id || '@example.test', id || '@example.test', 'to', 'queued', now(), now()
    from copied`;

let stack = new AsyncDisposableStack();
afterEach(async () => {
  await stack.disposeAsync();
  stack = new AsyncDisposableStack();
});

/** Mail that waits, and then a worker in a process of its own that finds all of it at once. */
async function given() {
  /** Recipient and size of what has arrived; the messages themselves would fill this process instead. */
  const arrived: { rcpt_to: string; size_bytes: number }[] = [];
  const database = stack.use(await givenDatabase());
  const smarthost: Smarthost = stack.use(
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
  const acme = await api.tenant();
  return {
    arrived,
    send: (to: string[], size_bytes: number) =>
      acme.koltrix.emails.send({
        from: 'hello@acme.example',
        to,
        subject: 'Large',
        body_text: 'See attachment',
        attachments: [{ filename: 'a.bin', content: randomBytes(size_bytes).toString('base64') }],
      }),
    /** So many more emails of the same content; written directly, since it is delivery that is looked at. */
    repeat: (count: number) => rows(database.db, REPEAT, [count]),
    /** The most memory that the worker takes until so many have arrived. */
    async deliver(count: number): Promise<number> {
      const worker = stack.use(await launch({ roles: 'worker', database, env }));
      let most_bytes = 0;
      await until(
        async () => {
          most_bytes = Math.max(most_bytes, await worker.memory_bytes());
          return arrived.length === count;
        },
        { timeout_ms: 150_000 },
      );
      return most_bytes;
    },
  };
}

test('50 recipients of a 5 MB attachment do not fill the worker’s memory', { timeout: 180_000 }, async () => {
  const { send, deliver, arrived } = await given();
  const to = Array.from({ length: 50 }, (_, i) => `ada+${i}@example.test`);
  await send(to, 5 * MB);
  const most_bytes = await deliver(50);
  expect(new Set(arrived.map((m) => m.rcpt_to)).size).toBe(50);
  expect(Math.min(...arrived.map((m) => m.size_bytes))).toBeGreaterThan(6.6 * MB);
  expect(most_bytes).toBeLessThan(BOUND_BYTES);
});

test('many large messages at once take turns', { timeout: 180_000 }, async () => {
  const { send, repeat, deliver, arrived } = await given();
  await send(['ada@example.test'], 12 * MB);
  await repeat(11);
  const most_bytes = await deliver(12);
  expect(new Set(arrived.map((m) => m.rcpt_to)).size).toBe(12);
  expect(most_bytes).toBeLessThan(BOUND_BYTES);
});
