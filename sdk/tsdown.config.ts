import { readFileSync } from 'node:fs';
import { copyFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { defineConfig, type UserConfig } from 'tsdown';
import { builtAs, type Manifest, publishedFrom } from './published.ts';

/**
 * `dist/` is what is published: the sources stay the workspace's own entries, so that its other parts need no build.
 * What is built follows from `exports` and `bin` of `package.json`; a further entry is a line there.
 */
const manifest: Manifest = JSON.parse(readFileSync(new URL('package.json', import.meta.url), 'utf8'));
const sources = (map: Record<string, string>) => Object.values(map).filter((path) => path.endsWith('.ts'));
const entries = (map: Record<string, string>) =>
  Object.fromEntries(sources(map).map((path) => [builtAs(path).replace(/^\.\/|\.js$/g, ''), path]));

const common: UserConfig = {
  format: 'esm',
  target: 'es2022',
  fixedExtension: false,
  sourcemap: true,
  tsconfig: 'tsconfig.json',
};

const library: UserConfig = {
  ...common,
  entry: entries(manifest.exports),
  platform: 'neutral',
  dts: true,
  deps: { onlyBundle: [] },
};

export default defineConfig([
  { ...library, outputOptions: { sourcemapPathTransform: insidePackage }, onSuccess: complete },
  // Once more for those that cannot `require` an ES module: Jest as it comes, TypeScript before 5.8, Node before 20.19.
  { ...library, format: 'cjs', sourcemap: false, outputOptions: { dynamicImportInCjs: false } },
  // The commands bring their libraries along, so that the package needs none, and a client of their own.
  ...(manifest.bin ? [{ ...common, ...commands(manifest.bin) }] : []),
]);

function commands(bin: Record<string, string>): UserConfig {
  return {
    entry: entries(bin),
    platform: 'node',
    deps: { onlyBundle: false },
    // Its licence wants to be told wherever it goes.
    banner: '/*! With commander, (c) 2011 TJ Holowaychuk, under the MIT License. */',
    outputOptions: { chunkFileNames: 'cli/[name]-[hash].js', sourcemapPathTransform: insidePackage },
  };
}

/** Stack traces and debuggers name `node_modules/koltrix/src/retry.ts`, whose text is in the map, and no file of others. */
function insidePackage(source: string, map: string): string {
  if (source.includes('node_modules')) return source;
  const root = /[/\\](cli|testing)[/\\][^/\\]+$/.test(map) ? '../' : '';
  return source.replace(/^(\.\.\/)+(.*\/sdk\/)?/, root);
}

async function complete({ outDir }: { outDir: string }): Promise<void> {
  await writeFile(join(outDir, 'package.json'), `${JSON.stringify(publishedFrom(manifest), null, 2)}\n`);
  await copyFile('README.md', join(outDir, 'README.md'));
  await copyFile('../LICENSE', join(outDir, 'LICENSE'));
  for (const [name, path] of Object.entries(manifest.exports)) {
    if (path.endsWith('.json')) await copyFile(path, join(outDir, name));
  }
}
