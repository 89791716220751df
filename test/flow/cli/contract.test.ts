import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import contract from '../../../server/generated/openapi.gen.json' with { type: 'json' };
import { runCommand, startCommand } from '../../support/command-line.ts';
import { type FaultyProxy, givenFaultyProxy } from '../../support/faulty-proxy.ts';
import { freePort } from '../../support/free-port.ts';
import { givenKoltrix, type Installation } from '../../support/koltrix.ts';
import type { Tenant } from '../../support/tenant.ts';

let koltrix: Installation;
let proxy: FaultyProxy;
let acme: Tenant;
let env: Record<string, string>;
let folder: string;
beforeAll(async () => {
  koltrix = await givenKoltrix();
  proxy = await givenFaultyProxy(koltrix.url);
  acme = await koltrix.tenant();
  env = { KOLTRIX_KEY: acme.key, KOLTRIX_BASE_URL: proxy.url };
  folder = await mkdtemp(join(tmpdir(), 'koltrix-contract-'));
});
afterAll(async () => {
  await rm(folder, { recursive: true, force: true });
  await proxy[Symbol.asyncDispose]();
  await koltrix[Symbol.asyncDispose]();
});

const contractCommand = (...args: string[]) => runCommand(['contract', '--rate', '1000', ...args], { env });
const healthy = () => proxy.plant((_seen, forward) => forward());
/** Nobody learns how much of the mail there was. */
const faulty = () =>
  proxy.plant(async (seen, forward) => {
    const answer = await forward();
    const isEmail = seen.method === 'GET' && /^\/emails\/em_/.test(seen.path) && answer.status === 200;
    return isEmail ? { ...answer, body: answer.body.replace(/"size_bytes":\d+/, '"size":1') } : answer;
  });

test('a deployment that holds ends with 0 and a line for each operation', async () => {
  healthy();
  const stranger = await koltrix.tenant();
  const { code, stdout, stderr } = await contractCommand(
    '--only',
    'getEmail,getAccount',
    '--stranger-key',
    stranger.key,
  );
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  expect(stdout).toMatch(/^✓ getAccount GET \/account {2}(\d+) of \1$/m);
  expect(stdout).toMatch(/^✓ getEmail GET \/emails\/\{email_id\} {2}(\d+) of \1$/m);
  expect(stdout).toMatch(/^\d+ passed, 0 failed, 0 skipped; \d+ requests in [\d.]+ s$/m);
});

test('one with faults ends with 1 and shows each with its place and how to repeat it', async () => {
  faulty();
  const [junit, json] = [join(folder, 'report.xml'), join(folder, 'report.json')];
  const args = ['--only', 'getEmail', '--only', 'getAccount', '--junit', junit, '--json-file', json];
  const { code, stdout, stderr } = await contractCommand(...args);
  expect({ code, stderr }).toEqual({ code: 1, stderr: '' });
  expect(stdout).toMatch(/^✗ getEmail/m);
  expect(stdout).toContain("the body must have required property 'size_bytes'");
  expect(stdout).toContain('#/paths/~1emails~1{email_id}/get/responses/200/content/application~1json/schema');
  expect(stdout).toMatch(/curl -i -X GET -H "Authorization: Bearer \$KOLTRIX_KEY" 'http:\S+\/emails\/em_\w+'/);
  const xml = await readFile(junit, 'utf8');
  expect(xml).toMatch(/<testsuites name="koltrix contract [\d.]+" tests="\d+" failures="1" skipped="\d+"/);
  expect(xml).toMatch(/<failure type="schema" message="the body must have required property &apos;size_bytes&apos;">/);
  const report = JSON.parse(await readFile(json, 'utf8'));
  expect(report.summary.failed).toBe(1);
  for (const text of [stdout, xml, JSON.stringify(report)]) expect(text).not.toContain(acme.key);
});

test('for programs it prints the report as JSON', async () => {
  faulty();
  const { code, stdout } = await contractCommand('--only', 'getEmail', '--json');
  expect(code).toBe(1);
  expect(JSON.parse(stdout)).toMatchObject({ complete: true, summary: { failed: 1 } });
});

test('another contract can be named, by file and by URL', async () => {
  healthy();
  const path = join(folder, 'contract.json');
  const renamed = JSON.stringify(contract).replaceAll('"getAccount"', '"getMyAccount"');
  await writeFile(path, renamed);
  expect(await contractCommand('--spec', path, '--only', 'getMyAccount')).toMatchObject({ code: 0 });
  expect(await contractCommand('--spec', `${koltrix.url}/openapi.json`, '--only', 'getAccount')).toMatchObject({
    code: 0,
  });
});

test.each([
  ['an operation that there is not', ['--only', 'getNothing'], /no operation getNothing/],
  ['a file that there is not', ['--spec', '/nowhere.json'], /\/nowhere\.json cannot be read/],
  ['a number that is none', ['--rate', 'fast'], /number above nought/],
  ['a bad key', ['--key', 'kx_nobodys_key_0000000000'], /refuses the key/],
  ['an address that is none', ['--base-url', 'mail.acme.example'], /is no http or https URL/],
])('it ends with 2 for %s', async (_what, args, says) => {
  healthy();
  const { code, stdout, stderr } = await contractCommand(...args);
  expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
  expect(stderr).toMatch(says);
});

test('it ends with 2 and one reason where there is no Koltrix, no TLS, or a key of too narrow a scope', async () => {
  healthy();
  const elsewhere = await contractCommand('--base-url', `${koltrix.url}/mail`);
  expect(elsewhere).toMatchObject({ code: 2, stdout: '', stderr: expect.stringContaining('There is no Koltrix here') });
  const secure = await contractCommand('--base-url', koltrix.url.replace('http:', 'https:'));
  expect(secure).toMatchObject({
    code: 2,
    stdout: '',
    stderr: expect.stringContaining('is it http rather than https?'),
  });
  const key = await acme.keyWith('read');
  const narrow = await contractCommand('--key', key);
  expect(narrow).toMatchObject({ code: 2, stdout: '', stderr: expect.stringContaining('The key has the scope read') });
  expect(await contractCommand('--key', key, '--only', 'getAccount')).toMatchObject({ code: 0 });
});

test('the address may hold the path of the API, as the SDK takes it', async () => {
  healthy();
  const { code, stdout } = await contractCommand('--base-url', `${koltrix.url}/api/v2/`, '--only', 'getAccount');
  expect({ code, stdout }).toEqual({ code: 0, stdout: expect.stringContaining(' 0 failed') });
});

test('two at once do not get in each other’s way', { timeout: 180_000 }, async () => {
  healthy();
  const runs = await Promise.all([contractCommand('--only', 'testWebhook'), contractCommand('--only', 'testWebhook')]);
  for (const { code, stdout } of runs) expect({ code, stdout }).toEqual({ code: 0, stdout });
  expect((await acme.koltrix.webhooks.list()).data).toEqual([]);
});

test('it ends with 2 when it could not be judged to the end, or nobody answers', async () => {
  healthy();
  const late = await contractCommand('--max-duration', '0.3', '--rate', '20');
  expect(late.code).toBe(2);
  expect(late.stdout).toMatch(/This is not all: its time was up/);
  const away = await contractCommand('--base-url', `http://127.0.0.1:${await freePort()}`);
  expect(away).toMatchObject({ code: 2, stderr: expect.stringContaining('cannot be reached') });
});

test('on Ctrl-C it takes away what it has made', async () => {
  healthy();
  await using running = startCommand(['contract', '--rate', '100', '--only', 'createSuppression'], { env });
  for (let made = 0; made === 0; ) made = (await acme.koltrix.suppressions.list()).data.length;
  running.child.kill('SIGINT');
  expect(await running.ended).toMatchObject({ code: 130 });
  expect((await acme.koltrix.suppressions.list()).data).toEqual([]);
});
