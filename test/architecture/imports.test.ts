import { execFile } from 'node:child_process';
import { access, copyFile, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

interface Violation {
  from: string;
  rule: { name: string };
}

const root = join(import.meta.dirname, '../..');
const CRUISE_TIMEOUT_MS = 60_000;
const rules: string[] = createRequire(import.meta.url)(join(root, '.dependency-cruiser.cjs')).forbidden.map(
  (rule: { name: string }) => rule.name,
);

/** One planted file for each rule: where it stands, and what it imports there. */
const planted: [rule: string, file: string, target: string][] = [
  ['sdk-alone', 'sdk/src/planted.ts', 'server/errors/target.ts'],
  ['sdk-without-packages', 'sdk/src/planted-package.ts', 'node:fs'],
  ['sdk-without-its-tools', 'sdk/src/planted-tool.ts', 'sdk/src/testing/target.ts'],
  ['command-line-is-a-client', 'sdk/src/cli/planted.ts', 'sdk/src/target.ts'],
  ['relay-is-a-client', 'smtp-relay/planted.ts', 'server/accept/index.ts'],
  ['dashboard-is-a-client', 'server/dashboard/planted.ts', 'server/http/target.ts'],
  ['http-parses-and-replies', 'server/http/planted.ts', 'server/delivery/target.ts'],
  ['http-parses-and-replies', 'server/http/planted-inside.ts', 'server/accept/target.ts'],
  ['campaigns-use-the-door', 'server/campaigns/planted.ts', 'server/accept/target.ts'],
  ['accept-knows-no-door', 'server/accept/planted.ts', 'server/http/target.ts'],
  ['delivery-reads-the-store', 'server/delivery/planted.ts', 'server/accept/index.ts'],
  ['webhooks-follow-events', 'server/webhooks/planted.ts', 'server/mail/target.ts'],
  ['domains-ask-dns', 'server/domains/planted.ts', 'server/mail/target.ts'],
  ['tracking-reads-tokens', 'server/tracking/planted.ts', 'server/delivery/target.ts'],
  ['live-follows-events', 'server/live/planted.ts', 'server/http/target.ts'],
  ['stats-follow-events', 'server/stats/planted.ts', 'server/mail/target.ts'],
  ['events-are-stored', 'server/events/planted.ts', 'server/webhooks/index.ts'],
  ['inbox-is-a-stranger', 'server/inbox/planted.ts', 'server/delivery/target.ts'],
  ['inbound-learns-from-reports', 'server/inbound/planted.ts', 'server/delivery/target.ts'],
  ['store-is-the-ground', 'server/store/planted.ts', 'server/mail/target.ts'],
  ['store-takes-events-as-types', 'server/store/planted-event.ts', 'server/events/catalogue.ts'],
  ['mail-is-a-leaf', 'server/mail/planted.ts', 'server/store/target.ts'],
  ['mail-is-pure', 'server/mail/planted-effect.ts', 'node:net'],
  ['errors-are-a-leaf', 'server/errors/planted.ts', 'server/store/target.ts'],
  ['network-is-a-leaf', 'server/network/planted.ts', 'server/errors/target.ts'],
  ['generated-is-a-leaf', 'server/generated/planted.ts', 'server/errors/target.ts'],
  ['contract-words-are-types', 'server/accept/planted-words.ts', 'server/generated/types.gen.ts'],
  ['only-main-composes', 'server/http/planted-boot.ts', 'server/boot.ts'],
  ['config-at-the-rim', 'server/http/planted-config.ts', 'server/config.ts'],
  ['nothing-imports-tests', 'server/http/planted-test.ts', 'test/support/target.ts'],
  ['spec-at-build-time', 'server/http/planted-spec.ts', 'spec/target.ts'],
  ['express-in-http', 'server/accept/planted-express.ts', 'express'],
  ['smtp-server-at-the-doors', 'server/delivery/planted-server.ts', 'smtp-server'],
  ['databases-in-store', 'server/http/planted-pg.ts', 'pg'],
  ['databases-in-store', 'server/live/planted-redis.ts', 'redis'],
  ['composer-in-mail', 'server/delivery/planted-composer.ts', 'nodemailer/lib/mail-composer'],
  ['smtp-client-in-delivery', 'server/mail/planted-client.ts', 'nodemailer/lib/smtp-connection'],
  ['smtp-client-in-delivery', 'server/http/planted-client.ts', 'nodemailer'],
  ['no-cycles', 'server/stats/planted-cycle.ts', 'server/stats/planted-cycle.ts'],
  ['resolvable', 'server/stats/planted-missing.ts', './nowhere.ts'],
  ['declared-packages', 'server/stats/planted-package.ts', 'acorn'],
  ['no-dev-packages', 'server/stats/planted-dev.ts', 'fast-check'],
];

let folder: string;
let found: Violation[];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'koltrix-imports-'));
  await copyFromRoot(
    'tsconfig.json',
    'package.json',
    'server/package.json',
    'sdk/package.json',
    'smtp-relay/package.json',
  );
  await symlink(join(root, 'node_modules'), join(folder, 'node_modules'));
  if (await exists(join(root, 'server/node_modules')))
    await symlink(join(root, 'server/node_modules'), join(folder, 'server/node_modules'));
  for (const [, file, target] of planted) await plant(file, target);
  await write('server/stats/planted-orphan.ts', 'export const alone = true;\n');
  found = await cruise(folder);
}, CRUISE_TIMEOUT_MS);
afterAll(() => rm(folder, { recursive: true, force: true }));

describe('the import rules', () => {
  test('hold for the whole tree', { timeout: CRUISE_TIMEOUT_MS }, async () => {
    expect((await cruise(root)).map(({ from, rule }) => `${rule.name}: ${from}`)).toEqual([]);
  });

  test.each(planted)('find %s in %s', (rule, file) => {
    expect(found.filter(({ from }) => from === file).map((violation) => violation.rule.name)).toContain(rule);
  });

  test('find no-orphans in a file that stands alone', () => {
    expect(found).toContainEqual(
      expect.objectContaining({
        from: 'server/stats/planted-orphan.ts',
        rule: expect.objectContaining({ name: 'no-orphans' }),
      }),
    );
  });

  test('are all among those broken here', () => {
    const broken = new Set([...planted.map(([rule]) => rule), 'no-orphans']);
    expect(rules.filter((rule) => !broken.has(rule))).toEqual([]);
  });

  test('let the words of the contract through as types', async () => {
    expect(found.filter(({ from }) => from === 'server/errors/target.ts')).toEqual([]);
  });
});

async function plant(file: string, target: string): Promise<void> {
  const inProject = /^(server|sdk|smtp-relay|spec|test)\//.test(target);
  const path = relative(dirname(file), target);
  const specifier = inProject ? (path.startsWith('.') ? path : `./${path}`) : target;
  await write(file, `import * as target from '${specifier}';\nexport const planted = target;\n`);
  if (!inProject || target === file) return;
  const words = relative(dirname(target), 'server/generated/types.gen.ts');
  await write(
    target,
    target === 'server/errors/target.ts'
      ? `import type { Words } from '${words}';\nexport const target: Words = 1;\n`
      : 'export type Words = number;\nexport const target = 1;\n',
  );
}

async function write(file: string, text: string): Promise<void> {
  await mkdir(dirname(join(folder, file)), { recursive: true });
  await writeFile(join(folder, file), text);
}

async function copyFromRoot(...files: string[]): Promise<void> {
  for (const file of files) {
    await mkdir(dirname(join(folder, file)), { recursive: true });
    await copyFile(join(root, file), join(folder, file));
  }
}

const exists = (path: string) =>
  access(path).then(
    () => true,
    () => false,
  );

/** Violations in a tree that looks like the repository, by the repository's own rules. */
async function cruise(tree: string): Promise<Violation[]> {
  const args = [join(root, 'node_modules/.bin/depcruise'), '--config', join(root, '.dependency-cruiser.cjs')];
  const options = { cwd: tree, maxBuffer: 64 * 2 ** 20, timeout: CRUISE_TIMEOUT_MS };
  const { stdout } = await promisify(execFile)(
    process.execPath,
    [...args, '--output-type', 'json', 'server', 'sdk', 'smtp-relay', 'spec', 'test'],
    options,
  );
  return JSON.parse(stdout).summary.violations;
}
