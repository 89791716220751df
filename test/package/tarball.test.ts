import { execFile } from 'node:child_process';
import { readdir, readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { checkPackage, createPackageFromTarballData } from '@arethetypeswrong/core';
import { publint } from 'publint';
import ts from 'typescript';
import { describe, expect, inject, test } from 'vitest';

const { tarball, installed } = inject('sdk');
const read = (file: string) => readFile(join(installed, file), 'utf8');
const manifest = JSON.parse(await read('package.json'));
const files = (await readdir(installed, { recursive: true, withFileTypes: true }))
  .filter((entry) => entry.isFile())
  .map((entry) => join(entry.parentPath, entry.name).slice(installed.length + 1));

describe('the tarball', () => {
  test('has the modules with their types and source maps, the contract, README and licence, and nothing else', () => {
    expect(files).toEqual(expect.arrayContaining(['README.md', 'LICENSE', 'openapi.json', 'package.json']));
    const others = files.filter((file) => !/\.(js|js\.map|cjs|d\.c?ts)$/.test(file));
    expect(others.toSorted()).toEqual(['LICENSE', 'README.md', 'openapi.json', 'package.json']);
  });

  test('has a manifest for everybody: no dependencies, no scripts, nothing of the workspace', () => {
    expect(manifest).toMatchObject({ name: 'koltrix', license: 'MIT', type: 'module', sideEffects: false });
    expect(manifest.engines).toEqual({ node: '>=20' });
    for (const name of ['private', 'dependencies', 'devDependencies', 'scripts'])
      expect(manifest).not.toHaveProperty(name);
    expect(JSON.stringify(manifest)).not.toContain('src/');
  });

  test('has each entry where the manifest says', () => {
    const targets = Object.values(manifest.exports).flatMap(targetsOf);
    for (const target of [...targets, ...Object.values<string>(manifest.bin), manifest.main, manifest.types]) {
      expect(files, target).toContain(target.replace('./', ''));
    }
    expect(Object.keys(manifest.exports)).toEqual(expect.arrayContaining(['.', './webhooks', './openapi.json']));
  });

  test('carries the contract as the server publishes it', async () => {
    const published = JSON.parse(await readFile('server/generated/openapi.gen.json', 'utf8'));
    expect(JSON.parse(await read('openapi.json'))).toEqual(published);
  });

  test('has the sources in its source maps, so that a debugger shows TypeScript', async () => {
    for (const file of files.filter((name) => name.endsWith('.js.map'))) {
      const { sources, sourcesContent } = JSON.parse(await read(file));
      expect(sourcesContent, file).toHaveLength(sources.length);
      // A place that is no file of this package would be some other package's.
      const own = sources.filter((name: string) => !name.includes('node_modules'));
      for (const name of own) expect(join(dirname(file), name), file).toMatch(/^(src\/|package\.json$)/);
      expect(
        sourcesContent.every((text: unknown) => typeof text === 'string'),
        file,
      ).toBe(true);
    }
    for (const file of files.filter((name) => name.endsWith('.js'))) {
      const text = await read(file);
      // An entry that only passes on what another module has is not code that anybody steps through.
      const passesOn = /^import [^\n]+\nexport \{[^}]*\};\s*$/.test(text);
      if (!passesOn) expect(text, file).toMatch(/\/\/# sourceMappingURL=[\w.-]+\.js\.map\s*$/);
    }
  });
});

test('a bundler that finds no msw leaves it to the moment of the call', async () => {
  const text = await read('testing/index.js');
  expect(text.match(/import\([^)]*"msw(\/node)?"\s*\)\.catch\(/g)).toHaveLength(2);
  expect(text.match(/webpackIgnore: true/g)).toHaveLength(2);
});

test('the workspace itself, whose entries are TypeScript, cannot be packed by mistake', async () => {
  const packing = promisify(execFile)('npm', ['pack', '--dry-run'], { cwd: 'sdk' });
  await expect(packing).rejects.toThrow('npm publish ./dist');
});

test('publint has nothing to say', async () => {
  const { messages } = await publint({ pkgDir: installed, strict: true, pack: false });
  expect(messages).toEqual([]);
});

test('the types are right for every way to resolve them', async () => {
  const analysis = await checkPackage(createPackageFromTarballData(new Uint8Array(await readFile(tarball))));
  expect(analysis.types).toMatchObject({ kind: 'included' });
  expect(analysis.types && analysis.problems).toEqual([]);
});

test.each(Object.keys(manifest.exports).filter((name) => !name.endsWith('.json')))(
  'what koltrix/%s declares as a value is one, and the other way round',
  async (name) => {
    const { import: imported, require: required } = manifest.exports[name];
    const values = Object.keys(await import(join(installed, imported.default))).toSorted();
    expect(valuesDeclaredIn(join(installed, imported.types)).toSorted()).toEqual(values);
    expect(valuesDeclaredIn(join(installed, required.types)).toSorted()).toEqual(values);
    expect(Object.keys(createRequire(import.meta.url)(join(installed, required.default))).toSorted()).toEqual(values);
  },
);

/** The files that an entry leads to, under whatever condition. */
function targetsOf(entry: unknown): string[] {
  return typeof entry === 'string' ? [entry] : Object.values(entry as object).flatMap(targetsOf);
}

function valuesDeclaredIn(file: string): string[] {
  const program = ts.createProgram([file], { module: ts.ModuleKind.NodeNext, target: ts.ScriptTarget.ES2022 });
  const checker = program.getTypeChecker();
  const source = program.getSourceFile(file) as ts.SourceFile;
  const symbols = checker.getExportsOfModule(checker.getSymbolAtLocation(source) as ts.Symbol);
  return symbols
    .filter((symbol) => !symbol.declarations?.some(ts.isTypeOnlyImportOrExportDeclaration))
    .filter((symbol) => {
      const target = symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol;
      return target.flags & ts.SymbolFlags.Value;
    })
    .map(({ name }) => name);
}
