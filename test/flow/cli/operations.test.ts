import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ApiKey, CreatedApiKey, CreatedWebhook, Domain, DomainRecord, WebhookDelivery } from 'koltrix';
import { describe, expect, test } from 'vitest';
import { readEnvironment } from '../../../sdk/src/cli/config.ts';
import { operationCommands } from '../../../sdk/src/cli/generated/commands.gen.ts';
import type { Printer } from '../../../sdk/src/cli/printer.ts';
import { run as runHere } from '../../../sdk/src/cli/run.ts';
import { jsonLines, runCommand } from '../../support/command-line.ts';
import { type FakeDns, givenDns } from '../../support/dns.ts';
import { givenKoltrix, type Installation } from '../../support/koltrix.ts';
import { publishRecords } from '../../support/sending-domain.ts';
import type { Tenant } from '../../support/tenant.ts';
import { givenWorld } from '../../support/world.ts';

let dns: FakeDns;
let koltrix: Installation;
let acme: Tenant;
let folder: string;
givenWorld(async (stack) => {
  dns = stack.use(await givenDns());
  koltrix = stack.use(await givenKoltrix({ env: { KOLTRIX_DNS_SERVERS: dns.server } }));
  acme = await koltrix.tenant();
  folder = await mkdtemp(join(tmpdir(), 'koltrix-cli-'));
  stack.defer(() => rm(folder, { recursive: true, force: true }));
});

function run(args: readonly string[], stdin = '') {
  return runCommand(args, { stdin, env: { KOLTRIX_KEY: acme.key, KOLTRIX_BASE_URL: koltrix.url } });
}

/** What a command printed as JSON, which must have gone well. */
async function told<T>(...args: string[]): Promise<T[]> {
  const { code, stdout, stderr } = await run([...args, '--json']);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  return jsonLines(stdout) as T[];
}

describe('domains', () => {
  test('are added, published as the zone file says, verified by name, and removed', async () => {
    const added = await run(['domains', 'add', 'Bücher.example']);
    expect(added).toMatchObject({ code: 0, stdout: expect.stringContaining('bücher.example (xn--bcher-kva.example)') });
    expect(added.stdout).toMatch(
      /pending +needed +TXT +kx\w{8}\._domainkey\.xn--bcher-kva\.example +v=DKIM1; k=rsa; p=MII/,
    );
    expect(added.stdout).toContain('koltrix domains verify xn--bcher-kva.example');

    const pending = await run(['domains', 'verify', 'bücher.example']);
    expect(pending).toMatchObject({ code: 1, stderr: '' });
    const [domain] = await told<Domain>('domains', 'show', 'bücher.example');
    const zone = await run(['domains', 'records', 'bücher.example']);
    const [dkim] = (domain?.records ?? []) as [DomainRecord];
    expect(zone.stdout).toContain(`${dkim.name}. 3600 IN TXT ${dkim.strings.map((text) => `"${text}"`).join(' ')}\n`);

    publishRecords(dns, domain as Domain, ['dkim']);
    expect(await run(['domains', 'verify', domain?.id as string])).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/ {2}verified\n/),
    });
    const missing = await run(['domains', 'records', 'bücher.example', '--missing']);
    expect(missing.stdout).not.toContain('_domainkey');
    expect(missing.stdout).toContain('_dmarc.');

    const [rotated] = await told<Domain>('domains', 'rotate', 'bücher.example', '--idempotency-key', 'r1');
    const [again] = await told<Domain>('domains', 'rotate-dkim', 'bücher.example', '--idempotency-key', 'r1');
    expect(rotated?.dkim_keys).toHaveLength(2);
    expect(again).toEqual(rotated);
    const [updated] = await told<Domain>('domains', 'update', 'bücher.example', '--no-track-opens', '--track-clicks');
    expect(updated).toMatchObject({ track_opens: false, track_clicks: true });

    expect((await run(['domains', 'list'])).stdout).toMatch(/^dom_\w+ +verified +bücher\.example/);
    expect(await run(['domains', 'remove', 'bücher.example'])).toMatchObject({ code: 0 });
    expect(await told('domains', 'list')).toEqual([]);
  });

  test.each([
    [['domains', 'show', 'nobody.example'], 1, 'nobody.example is not among your domains'],
    [['domains', 'show', 'dom_01k9zq7d8ye2wbn5w0c8v7x3ma'], 1, '404 · not-found'],
    [['domains', 'add', 'https://acme.example'], 1, 'is a URL'],
    [['domains', 'add'], 2, "missing required argument 'name'"],
    [['domains', 'update', 'acme.example', '--track-opens=yes'], 2, ''],
  ])('%j ends with %i', async (args, code, words) => {
    const ended = await run(args);
    expect(ended).toMatchObject({ code, stdout: '', stderr: expect.stringContaining(words) });
  });
});

describe('webhooks', () => {
  test('are added, tested, changed, and their secret rotated', async () => {
    const url = 'http://127.0.0.1:9/hook';
    const [added] = await told<CreatedWebhook>('webhooks', 'add', url, '--event-types', 'bounced,email.complained');
    expect(added).toMatchObject({ url, event_types: ['email.bounced', 'email.complained'] });
    const id = added?.id as string;
    await told('webhooks', 'test', id, '--type', 'opened');
    const [delivery] = await told<WebhookDelivery>('webhooks', 'deliveries', id);
    expect(delivery).toMatchObject({ webhook_id: id, event_type: 'email.opened', test: true });
    expect(await told('webhooks', 'retry', id, delivery?.id as string)).toHaveLength(1);
    const rotated = await run(['webhooks', 'rotate', id]);
    expect(rotated.stdout).toMatch(/^Secret +whsec_\S+ {2}shown this once$/m);

    const file = join(folder, 'changes.json');
    await writeFile(file, '{"event_types":null,"description":"From a file"}');
    const changed = await told('webhooks', 'update', id, '--data', file, '--state', 'disabled');
    expect(changed).toMatchObject([{ event_types: null, description: 'From a file', state: 'disabled' }]);
    expect((await run(['webhooks', 'list'])).stdout).toMatch(/^wh_\w+ .*http:\/\/127\.0\.0\.1:9\/hook · .*disabled/);
    expect(await told('webhooks', 'remove', id)).toEqual([{ webhook_id: id, removed: true }]);
  });

  test.each([
    [
      ['webhooks', 'add', 'https://a.example', '--event-types', 'bounced,nope'],
      'Allowed choices are scheduled, queued',
    ],
    [['webhooks', 'update', 'wh_1', '--data', 'absent.json'], 'absent.json does not exist'],
    [['webhooks', 'update', 'wh_1', '--data', '-'], '--data wants a file with one JSON object'],
  ])('%j is wrong usage', async (args, words) => {
    expect(await run(args, '[1]')).toMatchObject({ code: 2, stdout: '', stderr: expect.stringContaining(words) });
  });
});

describe('keys', () => {
  test('are made for a purpose, and revoked', async () => {
    const [key] = await told<CreatedApiKey>('keys', 'add', 'ci', '--scope', 'send');
    expect(key).toMatchObject({ name: 'ci', scope: 'send', key: expect.stringMatching(/^kx_/) });
    expect((await acme.fetch('/account', { key: key?.key as string })).status).toBe(200);
    expect(await run(['keys', 'revoke', key?.id as string])).toMatchObject({
      code: 0,
      stdout: `✓ ${key?.id} is revoked\n`,
    });
    expect((await acme.fetch('/account', { key: key?.key as string })).status).toBe(401);
    const [newest] = await told<ApiKey>('keys', 'list', '--limit', '1');
    expect(newest).toMatchObject({ id: key?.id, revoked_at: expect.any(String) });
    expect((await run(['keys', 'list'])).stdout).toContain('· revoked 20');
  });

  test('of too narrow a scope are told so', async () => {
    const env = { KOLTRIX_KEY: await acme.keyWith('send'), KOLTRIX_BASE_URL: koltrix.url };
    const ended = await runCommand(['keys', 'list'], { env });
    expect(ended).toMatchObject({ code: 1, stderr: expect.stringMatching(/403 · forbidden.*wider scope/s) });
  });
});

describe('a file of suppressions', () => {
  test('is imported from a pipe, its faults are told, and it comes out again', async () => {
    const imported = await run(['suppressions', 'import'], 'address,reason\nbob@example.test,hard\nnobody,\n');
    expect(imported).toMatchObject({ code: 1, stderr: '' });
    expect(imported.stdout).toMatch(
      /^✗ 1 imported, 0 unchanged, 1 with faults\n {2}line 3 {2}"nobody" is no email address\n$/,
    );
    const file = join(folder, 'suppressions.csv');
    expect(await run(['suppressions', 'export', '--output', file])).toMatchObject({ code: 0, stdout: '' });
    const exported = await run(['suppressions', 'export']);
    expect(exported.stdout).toBe(await readFile(file, 'utf8'));
    expect(exported.stdout).toContain('bob@example.test,,hard,');
    expect(await told('suppressions', 'import', file)).toEqual([{ imported: 0, unchanged: 1, failed: 0, faults: [] }]);
    expect(await told('suppressions', 'show', 'bob@example.test')).toMatchObject([{ reason: 'hard' }]);
  });
});

test('what happened to an address is told: whether it is mailed, its messages, its attempts', async () => {
  const { id } = await acme.koltrix.emails.send({
    from: 'hello@acme.example',
    to: ['bounced@simulator.test'],
    subject: 'Your receipt',
    body_text: 'Thanks',
  });
  await acme.settled(id);
  const { code, stdout } = await run(['recipients', 'show', 'bounced@simulator.test']);
  expect(code).toBe(0);
  expect(stdout).toMatch(/Mailed +no: suppressed for good, hard, 550 5\.1\.1/);
  expect(stdout).toMatch(new RegExp(`bounced +${id} +Your receipt +550 5\\.1\\.1`));
  expect(stdout).toMatch(/refused +bounced@simulator\.test +#1/);
  expect(await told('recipients', 'show', 'bounced@simulator.test')).toMatchObject([{ messages: [{ email_id: id }] }]);
  expect(await run(['recipients', 'show', 'never@example.test'])).toMatchObject({ code: 1 });
});

test('the account says what it counts, and changes it', async () => {
  expect((await run(['account'])).stdout).toContain('neither opens nor clicks');
  expect((await run(['account', 'update', '--track-opens'])).stdout).toMatch(/Counted +opens\n/);
  await told('account', 'update', '--no-track-opens');
});

/** The help of a command, without a process for it. */
async function helpOf(...words: string[]): Promise<string> {
  const lines: string[] = [];
  const printer: Printer = {
    line: (text = '') => void lines.push(text),
    bytes: () => {},
    paint: (_, text) => text,
    width: 100,
    isTerminal: false,
  };
  const world = { environment: readEnvironment({}), stdin: process.stdin, out: printer, err: printer };
  expect(await runHere([...words, '--help'], { ...world, signal: new AbortController().signal })).toBe(0);
  return lines.join('\n');
}

test('what the contract has is a command, and each has help with an example', async () => {
  const byHand = ['emails', 'events', 'test-messages'];
  const specs = operationCommands.filter(({ tag }) => !byHand.includes(tag));
  expect(specs.length).toBeGreaterThan(25);
  for (const tag of new Set(specs.map((spec) => spec.tag))) {
    const group = tag === 'api-keys' ? 'keys' : tag;
    const [, listed = ''] = (await helpOf(group)).split(/\n(?:Commands|Examples):\n/);
    const names = [...listed.matchAll(/^ {2}([a-z-]+)/gm)].map(([, name]) => name as string);
    // The account is shown by its group.
    const least = specs.filter((spec) => spec.tag === tag).length - Number(tag === 'account');
    expect(names.length, tag).toBeGreaterThanOrEqual(least);
    for (const name of names) expect(await helpOf(group, name)).toContain(`\n  koltrix ${group} ${name}`);
  }
});
