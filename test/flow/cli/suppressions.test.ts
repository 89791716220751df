import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { jsonLines, runCommand } from '../../support/command-line.ts';
import { givenKoltrix, type Installation } from '../../support/koltrix.ts';
import type { Tenant } from '../../support/tenant.ts';

let koltrix: Installation;
let acme: Tenant;
beforeAll(async () => {
  koltrix = await givenKoltrix();
  acme = await koltrix.tenant();
});
afterAll(() => koltrix[Symbol.asyncDispose]());

const suppressions = (...args: string[]) =>
  runCommand(['suppressions', ...args], { env: { KOLTRIX_KEY: acme.key, KOLTRIX_BASE_URL: koltrix.url } });

describe('suppressions', () => {
  test('are added, listed and removed', async () => {
    const added = await suppressions('add', 'bob@example.test');
    expect(added).toMatchObject({ code: 0, stdout: expect.stringMatching(/^✓ bob@example\.test +manual +for good/) });
    const { stdout } = await suppressions(
      'add',
      'eve@example.test',
      '--reason',
      'complaint',
      '--until',
      '30d',
      '--json',
    );
    const [eve] = jsonLines(stdout) as { expires_at: string }[];
    expect(eve).toMatchObject({ address: 'eve@example.test', reason: 'complaint' });
    expect((Date.parse(eve?.expires_at ?? '') - Date.now()) / 86_400_000).toBeCloseTo(30, 1);

    const listed = await suppressions('list');
    expect(listed.stdout).toMatch(/^eve@example\.test +complaint +until .*\nbob@example\.test +manual +for good/);
    const json = await suppressions('list', '--json', '--reason', 'complaint');
    expect(jsonLines(json.stdout)).toEqual([eve]);

    const removed = await suppressions('remove', 'bob@example.test');
    expect(removed).toMatchObject({ code: 0, stdout: '✓ bob@example.test is mailed again\n' });
    expect((await acme.koltrix.suppressions.list()).data.map(({ address }) => address)).toEqual(['eve@example.test']);
  });

  test('that are not there are not removed', async () => {
    const { code, stderr } = await suppressions('remove', 'nobody@example.test');
    expect(code).toBe(1);
    expect(stderr).toContain('404 · not-found');
  });

  test.each([
    [['add'], "argument 'address'"],
    [['add', 'a@example.test', '--reason', 'mood'], 'Allowed choices are hard'],
    [['add', 'a@example.test', '--until', 'later'], 'Say it as'],
    [['drop', 'a@example.test'], "unknown command 'drop'"],
    [[], 'A command is missing'],
    [[], 'Usage: koltrix suppressions'],
  ])('refuse %j as wrong usage', async (args, words) => {
    const { code, stdout, stderr } = await suppressions(...args);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toContain(words);
  });
});
