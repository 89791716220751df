import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { type AddressInfo, createServer } from 'node:net';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, test } from 'vitest';
import { givenCluster } from '../support/cluster.ts';
import { givenDatabase } from '../support/database.ts';
import { freePort } from '../support/free-port.ts';
import { commandsWith, givenDataDir, isReady, type Launched, launch } from '../support/launch.ts';
import { givenServer } from '../support/server.ts';
import { until } from '../support/until.ts';

// All of it is waiting for processes of their own.
describe.concurrent('the first start', { timeout: 120_000 }, () => {
  test('prints a key and a curl line that works when pasted; later starts are quick and keep the key to themselves', async () => {
    await using home = await givenDataDir();
    const began_ms = performance.now();
    await using first = await givenServer({ data_dir: home.path });
    const first_ms = performance.now() - began_ms;
    const said = first.now.stdout();
    const key = /export KOLTRIX_KEY=(kx_[A-Za-z0-9]{43})$/m.exec(said)?.[1] as string;
    const curl = /^ {2}curl [\s\S]*?'\n/m.exec(said)?.[0] as string;
    const { stdout } = await promisify(execFile)('sh', ['-c', curl]);
    expect(JSON.parse(stdout)).toMatchObject({ id: expect.stringMatching(/^em_/), status: 'queued' });

    await first.now.kill('SIGTERM');
    const started_ms = performance.now();
    await first.restart();
    const took_ms = performance.now() - started_ms;
    console.info(`the second start answered after ${took_ms.toFixed(0)} ms`);
    expect(took_ms).toBeLessThan(Math.max(10_000, first_ms));
    expect(first.now.stdout()).not.toContain(key);
    expect(first.now.stdout()).not.toMatch(/kx_\w/);
    const mail = await fetch(`${first.url}/api/v2/test/messages?wait=10`, {
      headers: { authorization: `Bearer ${key}` },
    });
    expect(await mail.json()).toMatchObject({ data: [{ subject: 'Hello' }] });
  });

  test('takes the key of KOLTRIX_INITIAL_KEY without printing it, and a start after kill -9 finds all as it was', async () => {
    // In base64url, as keys were made at first.
    const env = { KOLTRIX_INITIAL_KEY: 'kx_-fQ9sVbJ2mXw8cTzR1y_k6NdP0hGaEuC3oIiM5nBqW_' };
    await using server = await givenServer({ env });
    const { stdout } = server.now;
    expect(stdout()).not.toContain(env.KOLTRIX_INITIAL_KEY);
    const curl = /^ {2}curl [\s\S]*?'\n/m.exec(stdout())?.[0] as string;
    const pasted = { env: { ...process.env, KOLTRIX_KEY: env.KOLTRIX_INITIAL_KEY } };
    const sent = await promisify(execFile)('sh', ['-c', curl], pasted);
    expect(JSON.parse(sent.stdout)).toMatchObject({ status: 'queued' });

    // That leaves its Postgres behind, which the next start has to replace.
    await server.now.kill('SIGKILL');
    await server.restart();
    const headers = { authorization: `Bearer ${env.KOLTRIX_INITIAL_KEY}` };
    const listed = await fetch(`${server.url}/api/v2/emails`, { headers });
    expect(await listed.json()).toMatchObject({ data: [{ subject: 'Hello' }] });
  });

  test('after kill -9 succeeds also where the path of the data directory has blanks and letters that ASCII lacks', async () => {
    await using home = await givenDataDir("Jürgen's data ");
    // LANG is not set, as under systemd or in a container.
    await using server = await givenServer({ data_dir: home.path });
    await server.now.kill('SIGKILL');
    await server.restart();
    expect((await fetch(`${server.url}/api/v2/account`)).status).toBe(401);
  });

  test('knows the key of KOLTRIX_INITIAL_KEY from the first request on', async () => {
    await using home = await givenDataDir();
    const [port, key] = [await freePort(), 'kx_0123456789abcdefghij'];
    const env = { KOLTRIX_PORT: String(port), KOLTRIX_INITIAL_KEY: key };
    await using starting = await launch({ data_dir: home.path, env });
    const account = () =>
      fetch(`http://127.0.0.1:${port}/api/v2/account`, { headers: { authorization: `Bearer ${key}` } });
    const first = await until(() => account().catch(() => undefined), { timeout_ms: 60_000, every_ms: 1 });
    expect(first.status).toBe(200);
    await isReady(starting);
  });

  test('that meets a taken port says so in one line, and the key is shown by the one that succeeds', async () => {
    await using home = await givenDataDir();
    for (const variable of ['KOLTRIX_PORT', 'KOLTRIX_SMTP_PORT']) {
      await using taken = await givenTakenPort();
      await using refused = await launch({ data_dir: home.path, env: { [variable]: taken.port } });
      const where = `cannot listen at 127.0.0.1:${taken.port}`;
      await endsWithOneLine(refused, `koltrix: ${variable}: ${where}: it is taken by another program`);
    }
    await using second = await launch({ data_dir: home.path });
    await isReady(second);
    expect(second.stdout()).toMatch(/export KOLTRIX_KEY=kx_\w+/);
  });
});

describe.concurrent('a start that cannot succeed says why in one line:', { timeout: 120_000 }, () => {
  test('a data directory that cannot be made', async () => {
    await using home = await givenDataDir();
    const file = join(home.path, 'file');
    await writeFile(file, '');
    await using refused = await launch({ env: { KOLTRIX_DATA_DIR: join(file, 'below') } });
    await endsWithOneLine(
      refused,
      `koltrix: KOLTRIX_DATA_DIR: cannot write to ${file}/below (ENOTDIR); choose a directory that is yours`,
    );
  });

  test('a second instance on the same data directory, and the first one works on', async () => {
    await using first = await givenServer();
    await using second = await launch({ data_dir: first.now.data_dir });
    expect((await second.exited).code).toBe(1);
    expect(second.stderr()).toBe(
      `koltrix: KOLTRIX_DATA_DIR: another Koltrix is running on ${first.now.data_dir}; stop it, or set another directory\n`,
    );
    expect((await fetch(`${first.url}/api/v2/account`)).status).toBe(401);
  });

  test('DATABASE_URL where nobody listens, and the password is not repeated', async () => {
    const url = `postgres://koltrix:hidden-password@127.0.0.1:${await freePort()}/mail`;
    await using refused = await launch({ env: { DATABASE_URL: url } });
    const target = new URL(url).host;
    await endsWithOneLine(
      refused,
      `koltrix: DATABASE_URL: cannot use the database mail at ${target} as koltrix: connect ECONNREFUSED ${target}`,
    );
  });

  test('a DATABASE_URL whose host takes the connection and says nothing', async () => {
    await using silent = await givenTakenPort();
    await using refused = await launch({ env: { DATABASE_URL: `postgres://koltrix@127.0.0.1:${silent.port}/mail` } });
    await endsWithOneLine(
      refused,
      `koltrix: DATABASE_URL: cannot use the database mail at 127.0.0.1:${silent.port} as koltrix: timeout expired`,
    );
  });

  test('a DATABASE_URL with a wrong database, a wrong user or a wrong password', async () => {
    await using cluster = await givenCluster();
    await cluster.demandPasswords('stranger');
    const at = `localhost/koltrix?host=${encodeURIComponent(cluster.host)}`;
    const cases = [
      [`koltrix:hidden-password@${at.replace('/koltrix', '/nowhere')}`, /database "nowhere" does not exist$/],
      [`stranger:hidden-password@${at}`, /password authentication failed for user "stranger"$/],
    ] as const;
    for (const [where, words] of cases) {
      await using refused = await launch({ env: { DATABASE_URL: `postgres://${where}` } });
      const line = await endsWithOneLine(refused);
      expect(line).toMatch(/^koltrix: DATABASE_URL: cannot use the database \w+ at /);
      expect(line).toMatch(words);
    }
  });

  test('a KOLTRIX_SECRET other than the one that the database was made with', async () => {
    await using database = await givenDatabase();
    const env = { DATABASE_URL: database.url };
    await using first = await givenServer({ env: { ...env, KOLTRIX_SECRET: 'the secret that was there first' } });
    await using second = await launch({ env: { ...env, KOLTRIX_SECRET: 'another, which came too late' } });
    await endsWithOneLine(
      second,
      'koltrix: KOLTRIX_SECRET: this database belongs to an installation with another secret; set the one that its other processes use, or name the one that this replaces in KOLTRIX_PREVIOUS_SECRETS',
    );
    expect((await fetch(`${first.url}/api/v2/account`)).status).toBe(401);

    const rotated = {
      KOLTRIX_SECRET: 'another, which came in its turn',
      KOLTRIX_PREVIOUS_SECRETS: 'one that came before it, the secret that was there first',
    };
    await using successor = await givenServer({ env: { ...env, ...rotated } });
    expect((await fetch(`${successor.url}/api/v2/account`)).status).toBe(401);
    await first.now.kill('SIGTERM');
    await using gone = await launch({ env: { ...env, KOLTRIX_SECRET: 'the secret that was there first' } });
    expect(await endsWithOneLine(gone)).toContain('this database belongs to an installation with another secret');
  });
});

/** Each variable with a value that it cannot have, and the words for it. */
const WRONG: [variable: string, value: string, words: string][] = [
  ['KOLTRIX_ROLES', 'api,wroker', '"wroker" is none of api, worker, relay, inbound'],
  ['KOLTRIX_PORT', '80a', '"80a" is not a whole number from 0 to 65535'],
  ['KOLTRIX_SMTP_PORT', '70000', '"70000" is not a whole number from 0 to 65535'],
  ['KOLTRIX_API_URL', 'ftp://api', 'is not a URL that starts with http:// or https://'],
  ['KOLTRIX_PUBLIC_URL', 'mail.example', 'is not a URL that starts with http:// or https://'],
  ['KOLTRIX_BOUNCE_DOMAIN', 'bounces', '"bounces" is no domain name, as bounces.mail.example'],
  ['DATABASE_URL', 'not a hidden-password', 'is not a URL that starts with postgres:// or postgresql://'],
  ['REDIS_URL', 'http://:hidden-password@localhost', 'is not a URL that starts with redis:// or rediss://'],
  ['KOLTRIX_DELIVERY', 'pigeon', 'is not a URL that starts with smtp:// or smtps://'],
  [
    'KOLTRIX_PREVIOUS_SECRETS',
    'a secret that is long enough,hidden-passwor',
    'is too short: at least 16 characters, better 32 random bytes',
  ],
  ['KOLTRIX_INITIAL_KEY', 'hidden-password', 'an API key is `kx_` and 16 to 197 visible ASCII characters'],
  ['KOLTRIX_SECRET', 'hidden-passwor', 'is too short: at least 16 characters, better 32 random bytes'],
  ['KOLTRIX_DNS_SERVERS', 'dns.example', '"dns.example" is no IP address (with a port, if need be)'],
  ['KOLTRIX_TLS_CERT', '/does/not/exist', "ENOENT: no such file or directory, open '/does/not/exist'"],
  ['KOLTRIX_RATE_LIMIT', 'many', '"many" is not of the form requests/seconds, as 600/60'],
  ['KOLTRIX_LEASE_SECONDS', '1', '"1" is not a whole number from 3 to 3600'],
  ['KOLTRIX_SMTP_CONNECTIONS', '0', '"0" is not a whole number from 1 to 1000'],
  ['KOLTRIX_HELO_NAME', 'a b', '"a b" is no host name'],
  ['KOLTRIX_WEBHOOK_NETWORKS', '10.0.0.0', '"10.0.0.0" is no network, as 10.1.0.0/16'],
  ['KOLTRIX_INBOUND_PORT', '-1', '"-1" is not a whole number from 0 to 65535'],
  [
    'KOLTRIX_SOURCE_ADDRESSES',
    '203.0.113.7, out1.acme.example',
    '"out1.acme.example" does not begin with an IP address, as 203.0.113.7=out1.acme.example',
  ],
  ['KOLTRIX_WARM_UP', '50,many', '"many" is no number of messages a day, as in 50,100,500,1000'],
  [
    'KOLTRIX_RECEIVERS_FILE',
    '/does/not/exist',
    "/does/not/exist: ENOENT: no such file or directory, open '/does/not/exist'",
  ],
  ['KOLTRIX_DANE', 'yes', '"yes" is neither on nor off'],
  ['KOLTRIX_MX_NETWORKS', '10.0.0.0/40', '"10.0.0.0/40" is no network, as 10.1.0.0/16'],
  ['KOLTRIX_MX_PORT', '0', '"0" is no port'],
  ['KOLTRIX_MTA_STS_PORT', '65536', '"65536" is no port'],
  ['KOLTRIX_EXTRA_CA_FILE', 'package.json', 'package.json holds no certificate as PEM'],
  ['KOLTRIX_LOG_LEVEL', 'loud', '"loud" is none of silent, error, warn, info, debug'],
];

test('every variable that is wrong is named in a line of its own, and no secret is repeated', async () => {
  const env = Object.fromEntries(WRONG.map(([variable, value]) => [variable, value]));
  await using refused = await launch({ env: { ...env, KOLTRIX_TLS_KEY: '-----BEGIN' } });
  expect(await refused.exited).toEqual({ code: 1, signal: null });
  const lines = WRONG.map(([variable, , words]) => `koltrix: ${variable}: ${words}`);
  expect(refused.stderr().trimEnd().split('\n').sort()).toEqual(lines.sort());
  expect(refused.stdout()).toBe('');
});

test.each([
  ['KOLTRIX_SOURCE_ADDRESSES', '203.0.113.7=out 1', '"out 1" is no host name'],
  ['KOLTRIX_SOURCE_ADDRESSES', '203.0.113.7@everybody', /"everybody" /],
  ['KOLTRIX_WARM_UP', '100,0', '"0" is no number of messages a day, as in 50,100,500,1000'],
  ['KOLTRIX_RECEIVERS_FILE', 'README.md', 'README.md: is no JSON'],
  ['KOLTRIX_RECEIVERS_FILE', 'package.json', 'package.json: has no `default` or no list of `receivers`'],
])('%s=%s is refused in one line that says why', async (variable, value, words) => {
  await using refused = await launch({ env: { [variable]: value } });
  const line = await endsWithOneLine(refused);
  expect(line).toMatch(new RegExp(`^koltrix: ${variable}: `));
  expect(line).toEqual(typeof words === 'string' ? `koltrix: ${variable}: ${words}` : expect.stringMatching(words));
});

/** One line, no stack, no JSON, no secret; code 1; nothing left running. */
async function endsWithOneLine(refused: Launched, line?: string): Promise<string> {
  const exit = await refused.exited;
  if (line !== undefined) expect(refused.stderr()).toBe(`${line}\n`);
  expect(refused.stderr()).toMatch(/^koltrix: .+\n$/);
  expect(refused.stderr()).not.toContain('hidden-password');
  expect(refused.stdout()).toBe('');
  expect(exit).toEqual({ code: 1, signal: null });
  expect(await commandsWith(refused.data_dir)).toEqual([]);
  return refused.stderr().trimEnd();
}

async function givenTakenPort(): Promise<AsyncDisposable & { port: string }> {
  const server = createServer((socket) => socket.resume()).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: String((server.address() as AddressInfo).port),
    async [Symbol.asyncDispose]() {
      server.close();
      await once(server, 'close');
    },
  };
}
