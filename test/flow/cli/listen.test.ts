import { type Event, verifyWebhook } from 'koltrix/webhooks';
import { Webhook as StandardWebhook } from 'standardwebhooks';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { answers, startReceiver } from '../../../server/webhooks/receiver.test-support.ts';
import { jsonLines, type Running, runCommand, startCommand } from '../../support/command-line.ts';
import { freePort } from '../../support/free-port.ts';
import { givenKoltrix, type Installation } from '../../support/koltrix.ts';
import { givenProxy } from '../../support/tcp-proxy.ts';
import type { Tenant } from '../../support/tenant.ts';
import { until } from '../../support/until.ts';

let koltrix: Installation;
beforeAll(async () => {
  koltrix = await givenKoltrix();
});
afterAll(() => koltrix[Symbol.asyncDispose]());

const SECRET = `whsec_${Buffer.from('a secret of thirty-two bytes, ok').toString('base64')}`;

const envOf = (acme: Tenant) => ({ KOLTRIX_KEY: acme.key, KOLTRIX_BASE_URL: koltrix.url });
const listen = (acme: Tenant, args: string[], env: Record<string, string> = {}) =>
  startCommand(['listen', ...args], { env: { ...envOf(acme), ...env } });
const send = (acme: Tenant, to = 'ada@example.test') =>
  acme.koltrix.emails.send({ from: 'hello@acme.example', to: [to], subject: 'Grüße', body_text: 'Hello' });
const typesOf = (received: { body: string }[]) => received.map(({ body }) => (JSON.parse(body) as Event).type);
const stop = async (running: Running) => {
  running.child.kill('SIGINT');
  return running.ended;
};

describe('listen', () => {
  test('forwards each event, signed with the secret that it has shown', async () => {
    const acme = await koltrix.tenant();
    await using receiver = await startReceiver();
    await using listening = listen(acme, ['--forward-to', receiver.url]);
    const [, secret = ''] = await listening.says(/Signing secret +(whsec_\S+)/);
    await listening.notes(/Connected/);
    await send(acme);
    await until(() => receiver.received.length === 3);
    const log = await acme.events();
    for (const [index, { body, headers, method, path }] of receiver.received.entries()) {
      expect({ method, path }).toEqual({ method: 'POST', path: '/hook' });
      expect(headers['content-type']).toBe('application/json');
      const event = await verifyWebhook(body, headers, secret);
      expect(event).toEqual(log[index]);
      expect(headers['webhook-id']).toBe(event.id);
      expect(new StandardWebhook(secret).verify(body, headers as Record<string, string>)).toEqual(event);
      await expect(verifyWebhook(body, headers, SECRET)).rejects.toMatchObject({ reason: 'signature-mismatch' });
    }
    await listening.says(/delivered .*→ 200 +\d+ ms/);
    expect(await stop(listening)).toMatchObject({ code: 0, signal: null });
  });

  test('makes another secret each time, but keeps to one that is given, and does not show it', async () => {
    const acme = await koltrix.tenant();
    await using receiver = await startReceiver();
    const shown = new Set<string>();
    for (const _ of [1, 2]) {
      await using listening = listen(acme, ['-f', receiver.url]);
      shown.add((await listening.says(/whsec_\S+/))[0]);
    }
    expect(shown.size).toBe(2);
    for (const [args, env] of [
      [['--secret', SECRET], {}],
      [[], { KOLTRIX_WEBHOOK_SECRET: SECRET }],
    ] as const) {
      await using listening = listen(acme, ['-f', receiver.url, '--type', 'delivered', ...args], env);
      await listening.notes(/Connected/);
      const before = receiver.received.length;
      await send(acme);
      const { body, headers } = await until(() => receiver.received[before]);
      await verifyWebhook(body, headers, SECRET);
      const { stdout, stderr } = await stop(listening);
      expect(stdout + stderr).not.toContain(SECRET);
    }
  });

  test('forwards only what is asked for, with further headers', async () => {
    const acme = await koltrix.tenant();
    await using receiver = await startReceiver();
    const args = ['-f', receiver.url, '-t', 'bounced,delivered', '--header', 'X-Env: dev', 'Authorization: Basic x'];
    await using listening = listen(acme, args);
    await listening.notes(/Connected/);
    await send(acme);
    await send(acme, 'bounced@simulator.test');
    await until(() => receiver.received.length === 2);
    expect(typesOf(receiver.received).sort()).toEqual(['email.bounced', 'email.delivered']);
    expect(receiver.received[0]?.headers).toMatchObject({ 'x-env': 'dev', authorization: 'Basic x' });
  });

  test('tells programs what became of each, on lines of JSON', async () => {
    const acme = await koltrix.tenant();
    await using receiver = await startReceiver();
    await using listening = listen(acme, ['-f', receiver.url, '--json', '--type', 'queued']);
    const [start] = jsonLines((await listening.says(/.*\n/))[0]) as { secret: string }[];
    expect(start).toEqual({
      type: 'listening',
      forward_to: receiver.url,
      secret: expect.stringMatching(/^whsec_/),
    });
    const sent = await until(async () => {
      const { id } = await send(acme);
      return receiver.received.length > 0 && id;
    });
    await listening.says(new RegExp(sent));
    const { stdout, stderr } = await stop(listening);
    expect(stderr).toBe('');
    const forwarded = jsonLines(stdout).slice(1);
    expect(forwarded).toContainEqual({
      type: 'forwarded',
      event_id: receiver.received.at(-1)?.headers['webhook-id'],
      event_type: 'email.queued',
      email_id: sent,
      status: 200,
      error: null,
      duration_ms: expect.any(Number),
    });
  });

  test('reports what the receiver answers, once each, and goes on', async () => {
    const acme = await koltrix.tenant();
    await using receiver = await startReceiver({
      behave: answers(500, {}, 'TypeError: \u001b[31moops\u001b[0m\nat x'),
    });
    await using listening = listen(acme, ['-f', receiver.url]);
    await listening.notes(/Connected/);
    await send(acme);
    await listening.says(/queued .*→ 500 +\d+ ms\n +TypeError: oops at x\n/);
    receiver.behave = answers(302, { location: 'http://127.0.0.1:9/elsewhere' });
    await send(acme, 'bounced@simulator.test');
    await listening.says(/→ 302/);
    receiver.behave = (response) => void response.socket?.destroy();
    await send(acme, 'eve@example.test');
    await listening.says(/eve@example\.test .*→ UND_ERR_SOCKET|eve@example\.test .*→ ECONNRESET/);
    receiver.behave = answers(204);
    await send(acme, 'carl@example.test');
    await listening.says(/delivered +carl@example\.test .*→ 204/);
    expect(listening.stdout()).not.toContain('\u001b');
    await until(async () => receiver.received.length === (await acme.events()).length);
  });

  test('takes the status for the answer, also where the body of it never ends', async () => {
    const acme = await koltrix.tenant();
    await using receiver = await startReceiver({
      behave: (response) => void response.writeHead(200).write('to be continued '.repeat(100)),
    });
    await using listening = listen(acme, ['-f', receiver.url, '--type', 'queued']);
    await listening.notes(/Connected/);
    await send(acme);
    expect((await listening.says(/→ (200|no answer)/))[1]).toBe('200');
    await until(() => receiver.at_once === 0);
  });

  test('keeps events while the receiver is away, in their order, and signs them when it is back', async () => {
    const acme = await koltrix.tenant();
    const port = await freePort();
    await using listening = listen(acme, ['-f', `http://127.0.0.1:${port}/hook`, '--secret', SECRET]);
    await listening.notes(/Connected/);
    await send(acme);
    await listening.notes(/Nobody listens at .*\(ECONNREFUSED\); events wait/);
    {
      await using receiver = await startReceiver({ port });
      await listening.notes(/is back/);
      await until(() => receiver.received.length === 3);
      expect(typesOf(receiver.received)).toEqual(['email.queued', 'email.sent', 'email.delivered']);
      for (const { body, headers } of receiver.received) await verifyWebhook(body, headers, SECRET);
    }
    await send(acme, 'eve@example.test');
    await listening.notes(/is back.*Nobody listens/s);
    await using again = await startReceiver({ port });
    await until(() => again.received.length === 3);
    const ids = (await acme.events()).map(({ id }) => id);
    expect(again.received.map(({ headers }) => headers['webhook-id'])).toEqual(ids.slice(3));
  });

  test('can be stopped while the receiver is away, and goes on from there', async () => {
    const acme = await koltrix.tenant();
    const url = `http://127.0.0.1:${await freePort()}/hook`;
    await send(acme);
    const [first] = await until(async () => {
      const events = await acme.events();
      return events.length === 3 && events;
    });
    const after = ['--after', first?.id ?? ''];
    await using listening = listen(acme, ['-f', url, ...after]);
    await listening.notes(/Nobody listens/);
    const { code, stderr } = await stop(listening);
    expect(code).toBe(0);
    // What was not forwarded is not behind us.
    expect(stderr).toContain(`Go on from here with --after ${first?.id}`);
    await using receiver = await startReceiver({ port: Number(new URL(url).port) });
    await using again = listen(acme, ['-f', url, ...after]);
    await until(() => receiver.received.length === 2);
    expect(typesOf(receiver.received)).toEqual(['email.sent', 'email.delivered']);
    expect(again.stderr()).not.toContain('Nobody');
  });

  test('resumes when Koltrix was away: no event is missed, none comes twice', async () => {
    const acme = await koltrix.tenant();
    await using proxy = await givenProxy(koltrix.url);
    await using receiver = await startReceiver();
    await using listening = listen(acme, ['-f', receiver.url], { KOLTRIX_BASE_URL: proxy.url });
    await listening.notes(/Connected/);
    await send(acme);
    await until(() => receiver.received.length === 3);
    await proxy.close();
    await listening.notes(/The connection is lost/);
    await acme.settled((await send(acme, 'bob@example.test')).id);
    await proxy.open();
    await until(() => receiver.received.length === 6);
    const ids = (await acme.events()).map(({ id }) => id);
    expect(receiver.received.map(({ headers }) => headers['webhook-id'])).toEqual(ids);
  });

  test.each(['localhost:PORT/hook', 'PORT/hook'])('takes a short form of the URL: %s', async (form) => {
    const acme = await koltrix.tenant();
    await using receiver = await startReceiver();
    await using listening = listen(acme, ['-f', form.replace('PORT', String(receiver.port)), '--type', 'queued']);
    await listening.notes(/Connected/);
    await send(acme);
    expect((await until(() => receiver.received[0])).path).toBe('/hook');
  });

  test.each([
    [[], "required option '-f, --forward-to <url>' not specified"],
    [['-f', 'ftp://localhost/hook'], 'must be an http or https URL'],
    [['-f', 'http://'], 'is not a URL'],
    [['-f', 'http://user:pass@localhost/hook'], 'not in the URL'],
    [['-f', '3000', '--secret', 'whsec_short'], 'must be whsec_ and the base64'],
    [['-f', '3000', '--secret', 'whsec_****not-base64-at-all-but-long-enough****'], 'must be whsec_ and the base64'],
    [['-f', '3000', '--header', 'X-A: 1\nX-B: 2'], 'on one line'],
    [['-f', '3000', '--type', 'lost'], 'There is no event type lost'],
  ])('refuses %j as wrong usage', async (args, words) => {
    const acme = await koltrix.tenant();
    const { code, stdout, stderr } = await runCommand(['listen', ...args], { env: envOf(acme) });
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toContain(words);
  });

  test('does not begin without a key', async () => {
    expect(await runCommand(['listen', '-f', '3000'])).toMatchObject({ code: 2, stdout: '' });
  });
});
