import { execFile } from 'node:child_process';
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { breakages, paths } from './spectral-breakages.ts';

interface Finding {
  code: string;
  source: string;
}

const root = join(import.meta.dirname, '../..');
const LINT_TIMEOUT_MS = 300_000;
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'koltrix-contract-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

describe('the house rules of the contract', () => {
  test('hold for the contract as it is kept in its files', { timeout: LINT_TIMEOUT_MS }, async () => {
    expect(await lint(join(root, 'spec/openapi.yaml'))).toEqual([]);
  });

  test('look through references between files', { timeout: LINT_TIMEOUT_MS }, async () => {
    const copy = join(folder, 'split');
    await cp(join(root, 'spec'), copy, { recursive: true });
    const file = join(copy, 'paths/account.yaml');
    const text = await readFile(file, 'utf8');
    const broken = text.replace('{ $ref: ../schemas/account.yaml#/Account }', '{ type: object }');
    expect(broken).not.toBe(text);
    await writeFile(file, broken);
    const codes = (await lint(join(copy, 'openapi.yaml'))).map((finding) => finding.code);
    expect(codes).toEqual(['koltrix-named-schemas']);
  });

  test('are each broken by a broken document', { timeout: LINT_TIMEOUT_MS }, async () => {
    const contract = await readFile(join(root, 'server/generated/openapi.gen.json'), 'utf8');
    for (const [index, { damage }] of breakages.entries()) {
      const document = JSON.parse(contract);
      document.paths = Object.fromEntries(paths.map((path) => [path, document.paths[path]]));
      damage(document);
      await writeFile(join(folder, `${index}.json`), JSON.stringify(document));
    }
    const findings = await lint(join(folder, '*.json'));
    const found = breakages.map(({ fault }, index) => {
      const codes = findings.filter((finding) => basename(finding.source) === `${index}.json`).map(({ code }) => code);
      return { fault, codes: [...new Set(codes)] };
    });
    expect(found).toEqual(breakages.map(({ fault, rule }) => ({ fault, codes: [rule] })));
  });

  test('are all among the broken ones', async () => {
    const ruleset = await readFile(join(root, 'spec/.spectral.yaml'), 'utf8');
    const rules = [...ruleset.matchAll(/^ {2}(koltrix-[a-z-]+):$/gm)].map((match) => match[1]);
    expect(rules.length).toBeGreaterThan(10);
    expect(rules.filter((rule) => !breakages.some((breakage) => breakage.rule === rule))).toEqual([]);
  });
});

/** Findings of severity error in the files that a glob names. */
async function lint(files: string): Promise<Finding[]> {
  const args = [join(root, 'node_modules/.bin/spectral'), 'lint', files, '--ruleset', 'spec/.spectral.yaml'];
  const options = { cwd: root, maxBuffer: 16 * 2 ** 20, timeout: LINT_TIMEOUT_MS };
  const { stdout } = await promisify(execFile)(process.execPath, [...args, '-f', 'json', '-q', '-D'], options).catch(
    // Exit code 1 means findings; anything else is a failure of the linter itself.
    (error) => (error.code === 1 ? error : Promise.reject(error)),
  );
  return JSON.parse(stdout);
}
