import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import type { Koltrix } from 'koltrix';
import { createTransport } from 'nodemailer';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { givenDatabase, rows, type TestDatabase } from '../support/database.ts';
import { need } from '../support/programs.ts';
import { givenServer, type Server } from '../support/server.ts';
import { connectSmtp } from '../support/smtp-client.ts';
import { until } from '../support/until.ts';

let database: TestDatabase;
let api: Server;
let relay: Server;
let koltrix: Koltrix;

beforeAll(async () => {
  database = await givenDatabase();
  api = await givenServer({ roles: 'api,worker', database });
  relay = await givenServer({ roles: 'relay', env: { KOLTRIX_API_URL: api.url } });
  koltrix = api.koltrix;
});
afterAll(async () => {
  await relay?.[Symbol.asyncDispose]();
  await api?.[Symbol.asyncDispose]();
  await database?.[Symbol.asyncDispose]();
});

const line = `${'x'.repeat(98)}\r\n`;

/** Logged in, with an envelope and an open DATA. */
async function inData(to: string) {
  const client = await connectSmtp(relay.smtp_port);
  expect(await client.logIn(api.key)).toMatch(/^235 /);
  await client.command('MAIL FROM:<hello@acme.example>');
  await client.command(`RCPT TO:<${to}>`);
  expect(await client.command('DATA')).toMatch(/^354 /);
  return client;
}

test('a refusal says its reason once', async () => {
  using client = await inData('ada@example.test');
  client.write('Subject: Hello\r\n\r\n\0\r\n.\r\n');
  expect(await client.reply()).toBe('550 5.6.0 The body: the message holds a NUL byte');
});

describe('a restart of the API in the middle of DATA', () => {
  test.each([
    // Up to what the relay holds back, it can wait for the API to return.
    { what: 'a small message by SIGTERM', signal: 'SIGTERM', lines: 10, costs: /^(250 2\.0\.0|451 4\.3\.0) / },
    { what: 'a small message by SIGKILL', signal: 'SIGKILL', lines: 10, costs: /^(250 2\.0\.0|451 4\.3\.0) / },
    // Of a larger one the API has begun to read: it may finish that when it is told to stop, but not when it is killed.
    { what: 'a large message by SIGTERM', signal: 'SIGTERM', lines: 5_000, costs: /^(250 2\.0\.0|451 4\.3\.0) / },
    { what: 'a large message by SIGKILL', signal: 'SIGKILL', lines: 5_000, costs: /^451 4\.3\.0 / },
  ] as const)('costs $what a 451 at most, and its retry under its key makes no duplicate', async (given) => {
    const to = `${given.signal.toLowerCase()}-${given.lines}@example.test`;
    const head = `X-Koltrix-Idempotency-Key: ${to}\r\nSubject: Hello\r\n\r\n`;
    using client = await inData(to);
    client.write(head + line.repeat(given.lines));
    const restarted = api.now.kill(given.signal).then(() => api.restart());
    await until(
      () =>
        fetch(api.url).then(
          () => false,
          () => true,
        ),
      { every_ms: 5 },
    );
    client.write(`${line}.\r\n`);
    expect(await client.reply()).toMatch(given.costs);
    await restarted;
    using again = await inData(to);
    again.write(`${head + line.repeat(given.lines + 1)}.\r\n`);
    expect(await again.reply()).toMatch(/^250 2\.0\.0 Accepted em_/);
    expect((await koltrix.emails.list({ recipient: to })).data).toHaveLength(1);
  });
});

describe('the relay as a process', () => {
  const rss_bytes = async () =>
    Number(/VmRSS:\s+(\d+)/.exec(await readFile(`/proc/${relay.now.pid}/status`, 'utf8'))?.[1]) * 1_024;

  // Memory is read from /proc.
  test.skipIf(process.platform !== 'linux')('takes 25 MB for less than 100 MB of memory', async () => {
    using warm = await inData('warm@example.test');
    expect(await warm.command(`Subject: Warm\r\n\r\n${line.repeat(5_000)}.`)).toMatch(/^250 /);
    const before_bytes = await rss_bytes();
    let highest_bytes = before_bytes;
    using client = await inData('huge@example.test');
    const head = 'Subject: Huge\r\n\r\n';
    const lines = Math.floor((26_214_400 - head.length) / line.length);
    client.write(head);
    for (let sent = 0; sent < lines; sent += 5_000) {
      if (!client.socket.write(line.repeat(Math.min(5_000, lines - sent)))) await once(client.socket, 'drain');
      highest_bytes = Math.max(highest_bytes, await rss_bytes());
    }
    expect(await client.command('.')).toMatch(/^250 2\.0\.0 /);
    highest_bytes = Math.max(highest_bytes, await rss_bytes());
    console.info(`25 MB raised the relay by ${((highest_bytes - before_bytes) / 1e6).toFixed(0)} MB`);
    expect((highest_bytes - before_bytes) / 1e6).toBeLessThan(100);
    const [captured] = await until(async () => {
      const found = await rows<{ size: number }>(
        database.db,
        `select length(source) as size from captured_messages where rcpt_to = 'huge@example.test'`,
      );
      return found.length ? found : undefined;
    });
    expect(captured?.size).toBeGreaterThan(lines * line.length);
  });

  // Memory is read from /proc.
  test.skipIf(process.platform !== 'linux')(
    'keeps 200 idle connections for little, and serves others meanwhile',
    async () => {
      const before_bytes = await rss_bytes();
      using idle = new DisposableStack();
      for (let n = 0; n < 200; n++) {
        const client = idle.use(await connectSmtp(relay.smtp_port));
        if (n % 10 === 0) expect(await client.logIn(api.key)).toMatch(/^235 /);
      }
      using busy = await inData('busy@example.test');
      expect(await busy.command('Subject: Busy\r\n\r\nBusy\r\n.')).toMatch(/^250 /);
      const raised_mb = ((await rss_bytes()) - before_bytes) / 1e6;
      console.info(`200 idle connections raised the relay by ${raised_mb.toFixed(0)} MB`);
      expect(raised_mb).toBeLessThan(40);
    },
  );

  test('upgrades to TLS, and mail that came so arrives', async () => {
    const transport = createTransport({
      host: '127.0.0.1',
      port: relay.smtp_port,
      requireTLS: true,
      tls: { rejectUnauthorized: false },
      auth: { user: 'any', pass: api.key },
    });
    await transport.sendMail({ from: 'hello@acme.example', to: 'tls@example.test', subject: 'TLS', text: 'TLS' });
    transport.close();
    const { data } = await koltrix.testMessages.list({ to: 'tls@example.test', wait: 20 });
    expect(data).toMatchObject([{ subject: 'TLS' }]);
  });
});

describe('mail by other programs', () => {
  const run = promisify(execFile);

  test('swaks', async ({ skip }) => {
    await need('swaks', skip);
    const to = `swaks-${randomUUID()}@example.test`;
    const { stdout } = await run('swaks', [
      ...['--server', '127.0.0.1', '--port', String(relay.smtp_port), '--auth', 'PLAIN'],
      ...['--auth-user', 'any', '--auth-password', api.key, '--from', 'hello@acme.example', '--to', to],
      ...['--header', 'Subject: Swaks', '--body', 'By swaks'],
    ]);
    expect(stdout).toMatch(/250 2\.0\.0 Accepted em_/);
    const { data } = await koltrix.testMessages.list({ to, wait: 20 });
    expect(data).toMatchObject([{ subject: 'Swaks' }]);
  });

  test("Python's smtplib, with an umlaut and an attachment", async ({ skip }) => {
    await need('python3', skip);
    const program = `
import smtplib, ssl, sys
from email.message import EmailMessage
m = EmailMessage()
m['From'], m['To'], m['Subject'] = 'hello@acme.example', sys.argv[3], 'Grüße'
m.set_content('Zum Lesen')
m.add_attachment(b'a,b', maintype='text', subtype='csv', filename='t.csv')
with smtplib.SMTP('127.0.0.1', int(sys.argv[1])) as s:
    s.starttls(context=ssl._create_unverified_context())
    s.login('any', sys.argv[2])
    s.send_message(m)
`;
    const to = `python-${randomUUID()}@example.test`;
    await run('python3', ['-c', program, String(relay.smtp_port), api.key, to]);
    const { data } = await koltrix.testMessages.list({ to, wait: 20 });
    expect(data).toMatchObject([{ subject: 'Grüße', attachments: [{ filename: 't.csv' }] }]);
  });
});
