import { execFile } from 'node:child_process';
import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { runCommand } from '../../support/command-line.ts';
import { givenKoltrix, type Installation } from '../../support/koltrix.ts';
import { need } from '../../support/programs.ts';

const MAIN = join(import.meta.dirname, '../../../sdk/src/cli/main.ts');
const section = (await readFile('sdk/README.md', 'utf8'))
  .split('\n## ')
  .find((part) => part.startsWith('Command line'));

let koltrix: Installation;
let bin: string;
beforeAll(async () => {
  koltrix = await givenKoltrix();
  bin = await mkdtemp(join(tmpdir(), 'koltrix-bin-'));
  await writeFile(join(bin, 'koltrix'), `#!/bin/sh\nexec '${process.execPath}' '${MAIN}' "$@"\n`);
  await chmod(join(bin, 'koltrix'), 0o755);
});
afterAll(async () => {
  await koltrix[Symbol.asyncDispose]();
  await rm(bin, { recursive: true, force: true });
});

// Some fifteen commands, each a process.
test('the commands of the README work when pasted', { timeout: 180_000 }, async ({ skip }) => {
  await need('jq', skip);
  const [, commands = ''] = /^```sh\n(.*?)^```$/ms.exec(section ?? '') ?? [];
  const acme = await koltrix.tenant();
  const env = { PATH: `${bin}:${process.env.PATH}`, KOLTRIX_KEY: acme.key, KOLTRIX_BASE_URL: koltrix.url };
  const { stdout } = await promisify(execFile)('bash', ['-ec', commands], { env, cwd: bin });
  expect(stdout).toMatch(/✓ Accepted em_\w+\n {2}queued +ada@example\.com\n/);
  expect(stdout).toMatch(/delivered +delivered@simulator\.test/);
  expect(stdout).toMatch(/Timeline.*Attempts/s);
  expect(stdout).toContain('Hello Ada');
  expect(stdout).toMatch(/✓ bob@example\.com +manual +until/);
  expect(stdout).toMatch(/needed +TXT +kx\w+\._domainkey\.acme\.example/);
  expect(stdout).toMatch(/Secret +whsec_.*Key +kx_/s);
});

/** That the command is there, and each option that the line shows. */
async function expectMeant(line: string): Promise<void> {
  const [path = ''] = /^koltrix(?: [a-z]+)+/.exec(line) ?? [];
  const { code, stdout } = await runCommand([...path.split(' ').slice(1, 3), '--help']);
  expect(code, line).toBe(0);
  for (const [option] of line.matchAll(/ --?[a-z-]+/g)) expect(stdout, line).toMatch(new RegExp(`${option}[, \n]`));
}

test('the commands of the README that cannot be run here are there, with the options that it shows', async () => {
  const blocks = [...(section ?? '').matchAll(/^```sh no-run\n(.*?)^```$/gms)].map(([, block = '']) => block);
  const lines = blocks.join('').match(/koltrix [a-z][^#\n]+/g) ?? [];
  expect(lines).toHaveLength(5);
  for (const line of lines) await expectMeant(line);
});

test.each([
  ...['account', 'send', 'listen', 'completion', 'webhooks verify', 'emails list', 'emails show', 'emails cancel'],
  ...['events list', 'events tail', 'inbox list', 'inbox show', 'inbox wait'],
  ...['suppressions list', 'suppressions add', 'suppressions remove'],
])('the help of %s has examples that are meant as they are', async (command) => {
  const { stdout } = await runCommand([...command.split(' '), '--help']);
  const [, examples = ''] = stdout.split('\nExamples:\n');
  const lines = examples
    .replaceAll('\\\n', '')
    .split('\n')
    .flatMap((line) => /koltrix .*?(?=[|<>]|$)/.exec(/^ {2}#/.test(line) ? '' : line) ?? []);
  expect(lines.length).toBeGreaterThan(0);
  for (const line of lines) {
    expect(line).toContain(`koltrix ${command}`);
    await expectMeant(line.replaceAll(/"[^"]*"/g, '""'));
  }
});
