import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Event } from 'koltrix';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { jsonLines, type Running, runCommand, startCommand } from '../../support/command-line.ts';
import { givenKoltrix, type Installation } from '../../support/koltrix.ts';
import { givenProxy } from '../../support/tcp-proxy.ts';
import type { Tenant } from '../../support/tenant.ts';
import { until } from '../../support/until.ts';

let koltrix: Installation;
beforeAll(async () => {
  koltrix = await givenKoltrix();
});
afterAll(() => koltrix[Symbol.asyncDispose]());

const envOf = (acme: Tenant) => ({ KOLTRIX_KEY: acme.key, KOLTRIX_BASE_URL: koltrix.url, TZ: 'UTC' });
const send = async (acme: Tenant, to = 'ada@example.test') => {
  const { id } = await acme.koltrix.emails.send({
    from: 'hello@acme.example',
    to: [to],
    subject: 'Grüße',
    body_text: 'Hello',
  });
  await acme.settled(id);
  return id;
};
const linesOf = (running: Running) => running.stdout().split('\n').filter(Boolean);
const idsIn = (text: string) => jsonLines(text).map((event) => (event as Event).id);

describe('events list', () => {
  test('prints a line for each, oldest first, with what is worth knowing', async () => {
    const acme = await koltrix.tenant();
    const email = await send(acme, 'bounced@simulator.test');
    const { code, stdout, stderr } = await runCommand(['events', 'list'], { env: envOf(acme) });
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    const line = (type: string, rest: string) =>
      expect.stringMatching(
        new RegExp(`^[\\d-]{10} [\\d:]{8}  ${type} +bounced@simulator.test +${email}  Grüße${rest}$`),
      );
    expect(stdout.trim().split('\n')).toEqual([
      line('queued', ''),
      line('bounced', ' · hard: 550 5.1.1 The simulated mailbox does not exist'),
    ]);
  });

  test('prints the contract’s own objects for programs, as filtered', async () => {
    const acme = await koltrix.tenant();
    const [first, second] = [await send(acme), await send(acme, 'bounced@simulator.test')];
    const all = await acme.events();
    const ids = async (...args: string[]) =>
      idsIn((await runCommand(['events', 'list', '--json', ...args], { env: envOf(acme) })).stdout);
    const idsOf = (events: Event[]) => events.map(({ id }) => id);
    expect(await ids()).toEqual(idsOf(all));
    expect(await ids('--type', 'bounced,email.sent')).toEqual(
      idsOf(all.filter(({ type }) => type === 'email.bounced' || type === 'email.sent')),
    );
    expect(await ids('--email', second)).toEqual(idsOf(all.filter(({ data }) => data.email_id === second)));
    expect(await ids('--email', first, '-t', 'bounced')).toEqual([]);
    expect(await ids('--after', all[1]?.id ?? '', '--limit', '2')).toEqual(idsOf(all.slice(2, 4)));
  });

  test('refuses a type that there is not', async () => {
    const acme = await koltrix.tenant();
    const { code, stderr } = await runCommand(['events', 'list', '--type', 'lost'], { env: envOf(acme) });
    expect(code).toBe(2);
    expect(stderr).toContain('There is no event type lost');
  });
});

describe('events tail', () => {
  test('prints events as they happen, and ends well on Ctrl-C with where to go on', async () => {
    const acme = await koltrix.tenant();
    await send(acme, 'before@example.test');
    await using tail = startCommand(['events', 'tail'], { env: envOf(acme) });
    await tail.notes(/Connected/);
    await send(acme);
    await tail.says(/delivered/);
    expect(linesOf(tail).map((line) => line.split(/ +/)[1])).toEqual(['queued', 'sent', 'delivered']);
    tail.child.kill('SIGINT');
    const { code, signal, stderr } = await tail.ended;
    expect({ code, signal }).toEqual({ code: 0, signal: null });
    const last = (await acme.events()).at(-1);
    expect(stderr).toBe(`Connected. Ctrl-C stops.\nStopped. Go on from here with --after ${last?.id}\n`);
  });

  test('prints JSON and nothing else for programs, filtered by type', async () => {
    const acme = await koltrix.tenant();
    await using tail = startCommand(['events', 'tail', '--json', '-t', 'delivered', '-t', 'bounced', '--count', '2'], {
      env: envOf(acme),
    });
    // Nothing tells a program that it is connected: the first mail that is seen does.
    await until(async () => {
      await send(acme);
      return tail.stdout() !== '';
    });
    await send(acme, 'bounced@simulator.test');
    const { code, stdout, stderr } = await tail.ended;
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    const printed = jsonLines(stdout) as Event[];
    expect(printed).toHaveLength(2);
    const log = await acme.events();
    for (const event of printed) expect(log).toContainEqual(event);
    for (const { type } of printed) expect(['email.delivered', 'email.bounced']).toContain(type);
  });

  test('begins behind an event, and narrows to a recipient and an email', async () => {
    const acme = await koltrix.tenant();
    const first = await send(acme);
    await send(acme, 'eve@example.test');
    const [start] = await acme.events();
    const tail = (...args: string[]) =>
      runCommand(['events', 'tail', '--json', '--after', start?.id ?? '', ...args], { env: envOf(acme) });
    const eve = await tail('--to', 'EVE@example.test', '--count', '3');
    expect(jsonLines(eve.stdout)).toMatchObject(Array(3).fill({ data: { recipient: 'eve@example.test' } }));
    const email = await tail('--email', first, '--count', '2');
    expect(jsonLines(email.stdout)).toMatchObject(Array(2).fill({ data: { email_id: first } }));
  });

  test('resumes after the connection is lost: nothing is missed, nothing comes twice', async () => {
    const acme = await koltrix.tenant();
    await send(acme);
    const [start] = await acme.events();
    await using proxy = await givenProxy(koltrix.url);
    const args = ['events', 'tail', '--base-url', proxy.url, '--after', start?.id ?? ''];
    await using tail = startCommand([...args, '--count', '8', '--json'], { env: envOf(acme) });
    await using shown = startCommand(args, { env: envOf(acme) });
    await until(() => linesOf(tail).length === 2 && linesOf(shown).length === 2);
    await proxy.close();
    await shown.notes(/The connection is lost; trying to resume/);
    await send(acme, 'bob@example.test');
    await proxy.open();
    await shown.notes(/Connected again; nothing was missed/);
    await send(acme, 'eve@example.test');
    const { code, stdout } = await tail.ended;
    expect(code).toBe(0);
    expect(idsIn(stdout)).toEqual((await acme.events()).slice(1).map(({ id }) => id));
    await until(() => linesOf(shown).length === 8);
  });

  test('ends when SIGTERM asks it to', async () => {
    const acme = await koltrix.tenant();
    await using tail = startCommand(['events', 'tail'], { env: envOf(acme) });
    await tail.notes(/Connected/);
    tail.child.kill('SIGTERM');
    expect(await tail.ended).toMatchObject({ code: 0, signal: null, stdout: '' });
  });

  test('ends with 1 when the key is bad, and with 3 when Koltrix is away', async () => {
    const acme = await koltrix.tenant();
    const bad = await runCommand(['events', 'tail'], { env: { ...envOf(acme), KOLTRIX_KEY: 'kx_bad' } });
    expect(bad).toMatchObject({ code: 1, stderr: expect.stringContaining('401 · unauthenticated') });
    const proxy = await givenProxy(koltrix.url);
    await proxy.close();
    const away = await runCommand(['events', 'tail', '--base-url', proxy.url], { env: envOf(acme) });
    expect(away).toMatchObject({ code: 3, stderr: expect.stringContaining('ECONNREFUSED') });
  });

  test('refuses to begin behind an event that is not there', async () => {
    const acme = await koltrix.tenant();
    const args = ['events', 'tail', '--after', 'evt_01k9zq7d8ye2wbn5w0c8v7x3mc'];
    expect(await runCommand(args, { env: envOf(acme) })).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('400 · invalid-request'),
    });
  });
});

test('an event of a kind that only a newer server knows is shown all the same', async () => {
  const event = { id: 'evt_1', type: 'moon.risen', created_at: '2026-11-22T08:00:00.000Z', data: { phase: 'full' } };
  const server = createServer((_, response) =>
    response.setHeader('content-type', 'application/json').end(JSON.stringify({ data: [event], next_cursor: null })),
  ).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const env = { KOLTRIX_KEY: 'kx_any', KOLTRIX_BASE_URL: `http://127.0.0.1:${port}`, TZ: 'UTC' };
  const shown = await runCommand(['events', 'list'], { env });
  expect(shown).toMatchObject({
    code: 0,
    stderr: '',
    stdout: expect.stringMatching(/^2026-11-22 08:00:00 {2}moon\.risen/),
  });
  expect(jsonLines((await runCommand(['events', 'list', '--json'], { env })).stdout)).toEqual([event]);
  server.close();
});

describe('a reader that reads no further', () => {
  test('ends a stream quietly', async () => {
    const acme = await koltrix.tenant();
    await using tail = startCommand(['events', 'tail'], { env: envOf(acme) });
    await tail.notes(/Connected/);
    tail.child.stdout?.destroy();
    await send(acme);
    const { code, signal, stderr } = await tail.ended;
    expect({ code, signal, stderr }).toEqual({ code: 0, signal: null, stderr: 'Connected. Ctrl-C stops.\n' });
  });

  test('ends a list quietly', async () => {
    const acme = await koltrix.tenant();
    await send(acme);
    await using list = startCommand(['events', 'list', '--all'], { env: envOf(acme) });
    list.child.stdout?.destroy();
    expect(await list.ended).toMatchObject({ code: 0, signal: null, stderr: '' });
  });
});

test('Ctrl-C cuts a command short, as every shell has it: 130', async () => {
  const acme = await koltrix.tenant();
  await using proxy = await givenProxy(koltrix.url);
  const env = { ...envOf(acme), KOLTRIX_BASE_URL: proxy.url };
  await using waiting = startCommand(['inbox', 'wait', '--timeout', '60s'], { env });
  await until(() => proxy.connections() > 0);
  waiting.child.kill('SIGINT');
  expect(await waiting.ended).toEqual({ code: 130, signal: null, stdout: '', stderr: '' });
});
