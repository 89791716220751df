import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { faultsIn } from './tidy.ts';

const root = join(import.meta.dirname, '../..');
const files = globSync(['{server,sdk,smtp-relay,spec,test}/**/*.{ts,tsx,js}', '*.{ts,cjs}'], {
  cwd: root,
  exclude: ['**/node_modules/**', '**/dist/**', '**/*.gen.ts'],
});

describe('every source file', () => {
  test('is short, reads the environment only in a config.ts, and skips no test without a reason', () => {
    expect(files.length).toBeGreaterThan(20);
    expect(files.flatMap((file) => faultsIn(file, readFileSync(join(root, file), 'utf8')))).toEqual([]);
  });
});

describe('the tidy rules find', () => {
  // Put together here, so that this file does not break the rules itself.
  const environment = ['process', 'env'].join('.');
  const only = `test.${'only'}('it', () => {});`;
  const skip = `test.${'skip'}('it', () => {});`;

  test.each([
    ['a file of 301 lines', 'server/mail/long.ts', 'x\n'.repeat(301), 'server/mail/long.ts has 301 lines, of 300'],
    [
      'the environment read outside a config.ts',
      'server/http/app.ts',
      `const port = ${environment}.PORT;`,
      `server/http/app.ts:1 reads ${environment}`,
    ],
    [
      'the environment taken apart outside a config.ts',
      'server/http/app.ts',
      "import { env } from 'node:process';",
      `server/http/app.ts:1 reads ${environment}`,
    ],
    ['a focused test', 'test/flow/a.test.ts', `\n${only}`, 'test/flow/a.test.ts:2 leaves the other tests out'],
    ['a skipped test', 'test/flow/a.test.ts', skip, 'test/flow/a.test.ts:1 skips without a reason'],
    [
      'an unexplained marker of unfinished work',
      'server/mail/a.ts',
      `// ${'TO'}${'DO'} later`,
      'server/mail/a.ts:1 is unfinished',
    ],
  ])('%s', (_name, file, text, fault) => {
    expect(faultsIn(file, text)).toEqual([fault]);
  });

  test.each([
    ['a file of 300 lines', 'server/mail/long.ts', 'x\n'.repeat(300)],
    ['the environment in a config.ts', 'server/config.ts', `export const env = ${environment};`],
    ['the environment in a test', 'test/support/given.ts', `const env = ${environment};`],
    ["the SDK's guarded read", 'sdk/src/config.ts', `globalThis.process?.env?.KOLTRIX_KEY`],
    ['a skip that gives its reason', 'test/flow/a.test.ts', `// Runs where swaks is installed.\n${skip}`],
    ['a conditional skip that gives its reason', 'test/flow/a.test.ts', `${skip} // needs Redis`],
  ])('nothing wrong with %s', (_name, file, text) => {
    expect(faultsIn(file, text)).toEqual([]);
  });
});

describe('the packages', () => {
  const packages = ['server', 'smtp-relay', 'sdk'];

  test.each(packages)('that %s declares are all imported by it', (folder) => {
    const { dependencies = {} } = JSON.parse(readFileSync(join(root, folder, 'package.json'), 'utf8'));
    const sources = files
      .filter((file) => file.startsWith(`${folder}/`) && !file.endsWith('.test.ts'))
      .map((file) => readFileSync(join(root, file), 'utf8'))
      .join('\n');
    const unused = Object.keys(dependencies).filter((name) => !new RegExp(`['"]${name}(/[^'"]*)?['"]`).test(sources));
    expect(unused).toEqual([]);
  });

  test('of the SDK are none', () => {
    const { dependencies = {} } = JSON.parse(readFileSync(join(root, 'sdk/package.json'), 'utf8'));
    expect(dependencies).toEqual({});
  });
});
