import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { request } from 'node:http';
import { connect } from 'node:net';
import { Koltrix } from 'koltrix';
import { describe, expect, test } from 'vitest';
import { commandsWith, givenDataDir, isReady, type Launched, launch } from '../support/launch.ts';
import { givenServer } from '../support/server.ts';
import { connectSmtp } from '../support/smtp-client.ts';
import { until } from '../support/until.ts';

const key = 'kx_0123456789abcdefghij';
const env = { KOLTRIX_INITIAL_KEY: key };
const authorization = `Bearer ${key}`;

/** More than the nine seconds that it gives itself, for a busy machine; less than what the clients here would wait for. */
const STOP_MS = 25_000;

/** Exit 0 soon after the signal, and not even a Postgres left. */
async function stopsCleanly(launched: Launched, signal: NodeJS.Signals, signalled = launched.killGroup(signal)) {
  const started_ms = performance.now();
  expect(await signalled).toEqual({ code: 0, signal: null });
  expect(performance.now() - started_ms).toBeLessThan(STOP_MS);
  await until(async () => (await commandsWith(launched.data_dir)).length === 0);
  expect(launched.stderr()).toBe('');
}

describe.concurrent.each(['SIGTERM', 'SIGINT'] as const)('%s to the whole group', (signal) => {
  test('lets what is under way end: a request, an SMTP conversation, a long poll, a stream', async () => {
    await using server = await givenServer({ env });
    const body = JSON.stringify({
      from: 'hello@acme.example',
      to: ['ada@example.test'],
      subject: 'Slow',
      body_text: 'x'.repeat(10_000),
    });
    const slow = request(`${server.url}/api/v2/emails`, {
      method: 'POST',
      headers: { authorization, 'content-type': 'application/json', 'content-length': body.length },
    });
    slow.write(body.slice(0, 5_000));
    const smtp = await connectSmtp(server.smtp_port);
    await smtp.logIn(key);
    await smtp.command('MAIL FROM:<hello@acme.example>');
    await smtp.command('RCPT TO:<bob@example.test>');
    await smtp.command('DATA');
    smtp.write('Subject: Slow\r\n\r\nhalf of');
    const poll = fetch(`${server.url}/api/v2/test/messages?to=nobody@example.test&wait=30`, {
      headers: { authorization },
    });
    const stream = await fetch(`${server.url}/api/v2/events/stream`, { headers: { authorization } });
    const streamed = stream.text();

    const stopped = server.now.killGroup(signal);
    await until(() => refusesConnections(server.smtp_port));
    smtp.write(' it\r\n.\r\n');
    expect(await smtp.reply()).toMatch(/^250 2\.0\.0 Accepted em_/);
    await until(() => refusesConnections(Number(new URL(server.url).port)));
    slow.end(body.slice(5_000));
    const [answer] = await once(slow, 'response');
    expect(answer.statusCode).toBe(202);
    expect((await poll).status).toBe(200);
    expect(await (await poll).json()).toEqual({ data: [], next_cursor: null });
    expect(await streamed).toMatch(/^: connected/);
    await stopsCleanly(server.now, signal, stopped);
  });
});

test('a stop under load costs nobody an answer', async () => {
  await using server = await givenServer({ env });
  const koltrix = new Koltrix({ apiKey: key, baseUrl: server.url });
  const accepted: string[] = [];
  const failures: unknown[] = [];
  const ended = Promise.all(
    Array.from({ length: 20 }, async (_, lane) => {
      for (let n = 0; n < 10_000; n++) {
        try {
          const to = [`ada-${lane}-${n}@example.test`];
          const mail = { from: 'hello@acme.example', to, subject: 'Load', body_text: 'Load' };
          accepted.push((await koltrix.emails.send(mail, { maxRetries: 0 })).id);
        } catch (error) {
          failures.push(error);
          return;
        }
      }
    }),
  );
  await until(() => accepted.length > 200);
  await stopsCleanly(server.now, 'SIGINT');
  await ended;
  // Each lane fails once, because nobody listens any more; none of them while it waited for its answer.
  expect(failures.map((failure) => codeOf(failure)).filter((code) => code !== 'ECONNREFUSED')).toEqual([]);

  await server.restart();
  const known = new Set<string>();
  for await (const { id } of koltrix.emails.list({ limit: 100 })) known.add(id);
  expect(accepted.filter((id) => !known.has(id))).toEqual([]);
});

describe.concurrent('a stop cannot be made unclean', { timeout: 120_000 }, () => {
  test('by a second Ctrl-C, as npm passes on beside the terminal', async () => {
    await using server = await givenServer({ env });
    const smtp = await connectSmtp(server.smtp_port);
    await smtp.logIn(key);
    await smtp.command('MAIL FROM:<hello@acme.example>');
    const stopped = server.now.killGroup('SIGINT');
    await until(() => refusesConnections(server.smtp_port));
    void server.now.killGroup('SIGINT');
    await smtp.command('QUIT');
    await stopsCleanly(server.now, 'SIGINT', stopped);
  });

  test('by clients that keep a conversation open for longer than the time there is', async () => {
    await using server = await givenServer({ env });
    const smtp = await connectSmtp(server.smtp_port);
    await smtp.logIn(key);
    await smtp.command('MAIL FROM:<hello@acme.example>');
    const slow = request(`${server.url}/api/v2/emails`, {
      method: 'POST',
      headers: { authorization, 'content-type': 'application/json', 'content-length': 1_000 },
    });
    slow.on('error', () => {}).write('{');
    await stopsCleanly(server.now, 'SIGTERM');
  });

  test('by a Ctrl-C while it still starts', async () => {
    await using home = await givenDataDir();
    await using launched = await launch({ data_dir: home.path, env });
    await until(async () => (await commandsWith(`${home.path}/postgres -k`)).length > 0, { every_ms: 5 });
    await stopsCleanly(launched, 'SIGINT');
  });

  test('by kill -9 while the database is made: the next start begins anew', async () => {
    await using home = await givenDataDir();
    await using launched = await launch({ data_dir: home.path, env });
    await until(() => existsSync(`${home.path}/postgres.new/PG_VERSION`), { every_ms: 5 });
    await launched.killGroup('SIGKILL');
    await using again = await launch({ data_dir: home.path, env });
    await isReady(again);
  });
});

function refusesConnections(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => {
      socket.destroy();
      resolve(false);
    });
    socket.once('error', () => resolve(true));
  });
}

function codeOf(failure: unknown): string | undefined {
  for (
    let error = failure as { code?: string; cause?: unknown } | undefined;
    error;
    error = error.cause as typeof error
  )
    if (error.code) return error.code;
  return String(failure);
}
