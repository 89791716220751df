import { copyFile, readFile, writeFile } from 'node:fs/promises';
import { defineConfig } from 'tsdown';

/** `dist/` is what is published: the sources stay the workspace's own entry, so that its other parts need no build. */
export default defineConfig({
  entry: ['src/index.ts', 'src/webhooks.ts'],
  format: 'esm',
  platform: 'neutral',
  target: 'es2022',
  fixedExtension: false,
  dts: true,
  sourcemap: true,
  tsconfig: 'tsconfig.json',
  onSuccess: writeManifest,
});

async function writeManifest(): Promise<void> {
  const { private: _, scripts, ...manifest } = JSON.parse(await readFile('package.json', 'utf8'));
  const exports = {
    '.': { types: './index.d.ts', default: './index.js' },
    './webhooks': { types: './webhooks.d.ts', default: './webhooks.js' },
  };
  await writeFile('dist/package.json', `${JSON.stringify({ ...manifest, exports }, null, 2)}\n`);
  await copyFile('README.md', 'dist/README.md');
}
