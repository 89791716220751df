import { execFile } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { type Event, verifyWebhook } from 'koltrix/webhooks';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { startReceiver } from '../../server/webhooks/receiver.test-support.ts';
import { type CommandLineOptions, jsonLines, startCommand } from '../support/command-line.ts';
import { givenKoltrix, type Installation } from '../support/koltrix.ts';
import { ownNode } from '../support/package.ts';
import type { Tenant } from '../support/tenant.ts';
import { until } from '../support/until.ts';

const { project, installed } = inject('sdk');
const main = join(project, 'node_modules/.bin/koltrix');
const own = await ownNode();
const nodes = [{ path: process.execPath, version: process.version }, ...(own ? [own] : [])];

let koltrix: Installation;
let acme: Tenant;
let env: Record<string, string>;
beforeAll(async () => {
  koltrix = await givenKoltrix();
  acme = await koltrix.tenant();
  env = { KOLTRIX_KEY: acme.key, KOLTRIX_BASE_URL: koltrix.url };
});
afterAll(() => koltrix[Symbol.asyncDispose]());

describe.each(nodes)('the installed command on Node $version', ({ path: node }) => {
  const start = (args: string[], options: CommandLineOptions = {}) =>
    startCommand(args, { env, main, node, cwd: project, ...options });
  const run = (args: string[], options: CommandLineOptions = {}) => start(args, options).ended;

  test('sends what is piped in with a file, and waits until it has arrived', async () => {
    await writeFile(join(project, 'report.txt'), 'fine');
    const args = ['-f', 'hello@acme.example', '-t', 'ada@example.test', '-s', 'Report', '-a', 'report.txt', '--wait'];
    const { code, stdout, stderr } = await run(['send', ...args], { stdin: 'See the file.\n' });
    expect({ code, stdout }).toEqual({ code: 0, stdout: expect.stringContaining('delivered   ada@example.test') });
    const [, id = ''] = /Accepted (em_\w+)/.exec(stderr) ?? [];
    const shown = await run(['emails', 'show', id, '--attempts', '--body']);
    expect(shown).toMatchObject({ code: 0, stderr: '' });
    for (const words of ['report.txt (4 bytes)', 'Timeline', 'Attempts', 'See the file.'])
      expect(shown.stdout).toContain(words);
    const listed = await run(['events', 'list', '--email', id, '--json']);
    expect(jsonLines(listed.stdout)).toEqual(await Array.fromAsync(acme.koltrix.emails.listEvents(id)));
    expect((await run(['inbox', 'wait', '--since', '5m'])).stdout).toContain('See the file.');
  });

  test('follows events, and forwards them signed, until it is stopped', async () => {
    await using receiver = await startReceiver();
    await using listening = start(['listen', '-f', receiver.url]);
    const [, secret = ''] = await listening.says(/(whsec_\S+)/);
    await using tail = start(['events', 'tail', '--count', '3', '--json']);
    await listening.notes(/Connected/);
    const first = receiver.received.length;
    await until(
      async () => {
        await acme.koltrix.emails.send({
          from: 'hello@acme.example',
          to: ['bob@example.test'],
          subject: 'Hello',
          body_text: 'Hello',
        });
        return tail.child.exitCode !== null && receiver.received.length >= first + 3;
      },
      { every_ms: 500 },
    );
    const { body, headers } = receiver.received[first] ?? { body: '', headers: {} };
    expect((await verifyWebhook(body, headers, secret)).type).toBe('email.queued');
    expect((await tail.ended).code).toBe(0);
    expect(jsonLines(tail.stdout()).map((event) => (event as Event).type)).toContain('email.queued');
    listening.child.kill('SIGINT');
    expect(await listening.ended).toMatchObject({ code: 0, signal: null });
  });

  test('lists, suppresses, completes and tells its version', async () => {
    expect(await run(['suppressions', 'add', 'eve@example.test', '--until', '1d'])).toMatchObject({ code: 0 });
    expect((await run(['suppressions', 'list'])).stdout).toContain('eve@example.test');
    expect((await run(['emails', 'list', '--all'])).code).toBe(0);
    expect((await run(['__complete', '--', 'emails', ''])).stdout).toContain('show\t');
    const { version } = JSON.parse(await readFile(join(installed, 'package.json'), 'utf8'));
    expect((await run(['--version'])).stdout).toBe(`${version}\n`);
  });

  test('holds a deployment against the contract that it brings along', async () => {
    const args = [
      'contract',
      '--only',
      'getAccount,listApiKeys',
      '--json-file',
      'report.json',
      '--junit',
      'report.xml',
    ];
    expect(await run(args)).toMatchObject({ code: 0, stdout: expect.stringMatching(/✓ getAccount[\s\S]*passed/) });
    const report = JSON.parse(await readFile(join(project, 'report.json'), 'utf8'));
    expect(report).toMatchObject({ summary: { failed: 0 } });
    expect(await readFile(join(project, 'report.xml'), 'utf8')).toContain('<testcase');
  });

  test('says what is wrong', async () => {
    expect(await run(['account', '--key', 'kx_bad'])).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('401'),
    });
    expect(await run(['emails', 'show'])).toMatchObject({ code: 2, stderr: expect.stringContaining("'id'") });
    const args = ['webhooks', 'verify', '--id', 'a', '--timestamp', '1', '--signature', 'v1,AAAA'];
    const verified = await run([...args, '--secret', `whsec_${'A'.repeat(43)}=`], { stdin: '{}' });
    expect(verified).toMatchObject({ code: 1, stderr: expect.stringContaining('s old') });
  });
});

test('the command runs by its own name, with its libraries built in and their licence told', async () => {
  const { stdout } = await promisify(execFile)(main, ['--help']);
  expect(stdout).toContain('Usage: koltrix');
  const text = await readFile(join(installed, 'cli/main.js'), 'utf8');
  expect(text).toMatch(/^#!\/usr\/bin\/env node\n\/\*! With commander/);
  const imported = [...text.matchAll(/^import .*?from ["']([^"']+)["']/gm)].map(([, name]) => name);
  expect(imported.filter((name) => !name?.startsWith('node:'))).toEqual([]);
});
