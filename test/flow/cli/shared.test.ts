import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { jsonLines, runCommand } from '../../support/command-line.ts';
import { freePort } from '../../support/free-port.ts';
import { givenKoltrix, type Installation } from '../../support/koltrix.ts';
import type { Tenant } from '../../support/tenant.ts';

let koltrix: Installation;
let acme: Tenant;
let env: Record<string, string>;
beforeAll(async () => {
  koltrix = await givenKoltrix();
  acme = await koltrix.tenant();
  env = { KOLTRIX_KEY: acme.key, KOLTRIX_BASE_URL: koltrix.url };
});
afterAll(() => koltrix[Symbol.asyncDispose]());

describe('account', () => {
  test('shows whose key it is', async () => {
    const { code, stdout, stderr } = await runCommand(['account'], { env });
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toMatch(/^Account +acme/m);
    expect(stdout).toMatch(/^Delivery +capture/m);
  });

  test('gives the contract’s own object to programs', async () => {
    const { code, stdout } = await runCommand(['account', '--json'], { env });
    expect(code).toBe(0);
    expect(jsonLines(stdout)).toEqual([await acme.koltrix.account.get()]);
  });
});

describe('the key and the address', () => {
  test('may be options, before and after the command', async () => {
    const options = ['--key', acme.key, '--base-url', koltrix.url];
    expect(await runCommand(['account', ...options])).toMatchObject({ code: 0 });
    expect(await runCommand([...options, '--json', 'account'])).toMatchObject({ code: 0 });
  });

  test('may be in the environment under the key’s longer name', async () => {
    const other = { KOLTRIX_API_KEY: acme.key, KOLTRIX_BASE_URL: koltrix.url };
    expect(await runCommand(['account'], { env: other })).toMatchObject({ code: 0 });
  });

  test('are asked for when there is no key', async () => {
    const { code, stdout, stderr } = await runCommand(['account'], { env: { KOLTRIX_BASE_URL: koltrix.url } });
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toBe('✗ There is no API key.\n  → Set KOLTRIX_KEY to a key of your Koltrix, kx_….\n');
  });

  test('are refused when the key is bad, which is never shown', async () => {
    const key = 'kx_thisOneIsNotGood0123456789';
    const { code, stderr } = await runCommand(['account'], { env: { ...env, KOLTRIX_KEY: key } });
    expect(code).toBe(1);
    expect(stderr).toMatch(/401 · unauthenticated · req_\w+\n {2}→ Is KOLTRIX_KEY/);
    expect(stderr).not.toContain(key);
    const broken = await runCommand(['account'], { env: { ...env, KOLTRIX_KEY: `${key}\u0007` } });
    expect(broken).toMatchObject({ code: 2, stderr: expect.not.stringContaining(key) });
  });

  test.each(['ftp://127.0.0.1', 'nowhere', 'http://user:secret@127.0.0.1:1'])(
    'are refused when the address is %s',
    async (address) => {
      expect(await runCommand(['account', '--base-url', address], { env })).toMatchObject({ code: 2, stdout: '' });
    },
  );
});

describe('failures', () => {
  test('are an object on stderr for programs', async () => {
    const { code, stdout, stderr } = await runCommand(['account', '--json', '--key', 'kx_wrong'], { env });
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(jsonLines(stderr)).toEqual([
      { error: expect.objectContaining({ exit_code: 1, status: 401, code: 'unauthenticated', retryable: false }) },
    ]);
  });

  test('say where Koltrix was looked for when it is away', async () => {
    const url = `http://127.0.0.1:${await freePort()}`;
    const { code, stderr } = await runCommand(['account', '--base-url', url], { env });
    expect(code).toBe(3);
    expect(stderr).toContain(`Koltrix cannot be reached at ${url}: ECONNREFUSED`);
  });

  test.each([
    [['acount'], 'Did you mean account?'],
    [['account', '--colour'], "unknown option '--colour'"],
    [['account', 'too', 'many'], 'too many arguments'],
    [['emails', 'show', ''], '<id> must not be empty'],
    [['keys', 'revoke', '..'], 'must not be ..'],
  ])('of usage end with 2 and say what is wrong: %j', async (args, words) => {
    const { code, stdout, stderr } = await runCommand(args, { env });
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toContain(words);
    const json = await runCommand([...args, '--json'], { env });
    expect(json.code).toBe(2);
    expect(jsonLines(json.stderr)).toMatchObject([{ error: { exit_code: 2, detail: expect.stringContaining(words) } }]);
  });
});

// Only Linux has a disk that is always full.
test.skipIf(!existsSync('/dev/full'))(
  'output that cannot be written ends with 1 and a word, not with a trace',
  async () => {
    const main = join(import.meta.dirname, '../../../sdk/src/cli/main.ts');
    const { code, stderr } = await promisify(execFile)(
      'sh',
      ['-c', '"$0" "$1" account > /dev/full', process.execPath, main],
      {
        env: { ...process.env, ...env },
      },
    ).then(
      () => ({ code: 0, stderr: '' }),
      (error) => error,
    );
    expect({ code, stderr }).toEqual({
      code: 1,
      stderr: expect.stringMatching(/^✗ The output cannot be written: ENOSPC.*\n$/),
    });
  },
);

describe('help and version', () => {
  test.each([[[]], [['--help']], [['help']], [['-h']]])('are given to %j', async (args) => {
    const { code, stdout, stderr } = await runCommand(args);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toContain('Usage: koltrix');
    expect(stdout).toContain('Exit codes:');
  });

  test('show how each command is used', async () => {
    const { code, stdout } = await runCommand(['help', 'account']);
    expect(code).toBe(0);
    expect(stdout).toMatch(/Examples:\n {2}# .+\n {2}koltrix account/);
  });

  test('is the package’s version', async () => {
    expect(await runCommand(['--version'])).toMatchObject({ code: 0, stdout: expect.stringMatching(/^\d+\.\d+\.\d+/) });
  });
});
