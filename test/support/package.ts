import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readdir, readFile, realpath, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';
import type { TestProject } from 'vitest/node';

const run = promisify(execFile);
const root = join(import.meta.dirname, '../..');

/** The package as a stranger gets it. */
export interface PackedSdk {
  /** What `npm publish` would send. */
  tarball: string;
  /** A project of its own, outside the checkout, with the tarball installed. */
  project: string;
  /** The package inside the project. */
  installed: string;
}

declare module 'vitest' {
  interface ProvidedContext {
    sdk: PackedSdk;
  }
}

/** Once a run: builds the SDK, packs it, and installs the tarball without a network. */
export default async function setup(test: TestProject): Promise<() => Promise<void>> {
  const folder = await realpath(await mkdtemp(join(tmpdir(), 'koltrix-package-')));
  const dist = join(folder, 'dist');
  await run(join(root, 'node_modules/.bin/tsdown'), ['--out-dir', dist], { cwd: join(root, 'sdk') });
  await npm(folder, 'pack', dist);
  const [name = ''] = (await readdir(folder)).filter((file) => file.endsWith('.tgz'));
  const project = join(folder, 'project');
  await mkdir(project);
  await writeFile(join(project, 'package.json'), JSON.stringify({ private: true, type: 'module' }));
  await npm(project, 'install', '--offline', '--no-audit', '--no-fund', join(folder, name));
  const installed = join(project, 'node_modules/koltrix');
  // Peers are for the project to install; here they are those of the checkout, as is what a Node project has for types.
  const { peerDependencies = {} } = JSON.parse(await readFile(join(installed, 'package.json'), 'utf8'));
  await mkdir(join(project, 'node_modules/@types'), { recursive: true });
  for (const peer of ['@types/node', 'undici-types', ...Object.keys(peerDependencies)]) {
    await symlink(join(root, 'node_modules', peer), join(project, 'node_modules', peer));
  }
  test.provide('sdk', { tarball: join(folder, name), project, installed });
  return () => rm(folder, { recursive: true, force: true });
}

/** npm as in a shell of its own: what it tells its scripts about this project would lead it back here. */
async function npm(cwd: string, ...args: string[]): Promise<void> {
  const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^npm_/i.test(name)));
  await run('npm', args, { cwd, env });
}

/** The machine's own Node, which is not the one that the development dependency brings. */
export async function ownNode(): Promise<{ path: string; version: string } | undefined> {
  for (const folder of (process.env.PATH ?? '').split(delimiter)) {
    if (folder.includes('node_modules')) continue;
    const path = join(folder, 'node');
    const version = await run(path, ['--version']).then(
      ({ stdout }) => stdout.trim(),
      () => undefined,
    );
    if (version && version !== process.version) return { path, version };
  }
  return undefined;
}
