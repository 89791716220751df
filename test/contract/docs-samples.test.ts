import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Koltrix } from 'koltrix';
import ts from 'typescript';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type Contract, operationsOf } from '../../server/http/docs/contract.ts';
import { VERIFY } from '../../server/http/docs/pages/event-webhooks.ts';
import { type Sample, samplesOf } from '../../server/http/docs/samples/index.ts';
import { sampleRequest } from '../../server/http/docs/samples/request.ts';
import { sdkMethod } from '../../server/http/docs/samples/sdk-method.ts';

const root = join(import.meta.dirname, '../..');
const contract: Contract = JSON.parse(readFileSync(join(root, 'server/generated/openapi.gen.json'), 'utf8'));
const operations = operationsOf(contract);
const BASE_URL = 'http://127.0.0.1:8025/api/v2';
const COMPILE_TIMEOUT_MS = 60_000;

const has = (command: string) => spawnSync('sh', ['-c', `command -v ${command}`]).status === 0;
let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'koltrix-samples-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** Writes every sample of a language to a file of its own, and gives their paths. */
function filesOf(language: string, extension: string): string[] {
  const samples: [string, Sample[]][] = operations.map((one) => [one.id, samplesOf(contract, one, BASE_URL)]);
  mkdirSync(join(folder, language));
  return [...samples, ['verify', [...VERIFY]] as const].map(([name, list]) => {
    const file = join(folder, language, `${name}.${extension}`);
    writeFileSync(file, `${list.find(({ id }) => id === language)?.code}\n`);
    return file;
  });
}

describe('the samples of the reference', () => {
  test.each(operations)('call $id by the name that it has in the SDK', (operation) => {
    const [resource = '', verb = ''] = sdkMethod(operation).split('.');
    const koltrix = new Koltrix({ apiKey: 'kx_sample' }) as unknown as Record<string, Record<string, unknown>>;
    expect(koltrix[resource]?.[verb]).toBeTypeOf('function');
  });

  test('compile in TypeScript, strictly', { timeout: COMPILE_TIMEOUT_MS }, () => {
    const files = filesOf('typescript', 'ts');
    writeFileSync(join(folder, 'package.json'), '{"type":"module"}');
    symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'));
    const { config } = ts.readConfigFile(join(root, 'tsconfig.json'), ts.sys.readFile);
    const { options } = ts.convertCompilerOptionsFromJson(config.compilerOptions, root);
    const typeRoots = [join(root, 'node_modules/@types')];
    const program = ts.createProgram(files, { ...options, typeRoots, rewriteRelativeImportExtensions: false });
    const faults = ts.getPreEmitDiagnostics(program).filter(({ file }) => file?.fileName.startsWith(folder));
    expect(
      faults.map(({ file, messageText }) => [file?.fileName, ts.flattenDiagnosticMessageText(messageText, ' ')]),
    ).toEqual([]);
  });

  test('are well-formed shell', () => {
    for (const file of filesOf('curl', 'sh')) execFileSync('sh', ['-n', file]);
  });

  // Python is not needed to develop Koltrix; where it is installed, its samples are checked.
  test.skipIf(!has('python3'))('are well-formed Python', () => {
    execFileSync('python3', [
      '-c',
      'import ast,sys\nfor f in sys.argv[1:]: ast.parse(open(f).read(), f)',
      ...filesOf('python', 'py'),
    ]);
  });

  // Go is not needed to develop Koltrix; where it is installed, its samples are checked.
  test.skipIf(!has('gofmt'))('are well-formed Go, in its own format', () => {
    expect(execFileSync('gofmt', ['-l', ...filesOf('go', 'go')], { encoding: 'utf8' })).toBe('');
  });

  test('fill in every path parameter', () => {
    for (const operation of operations) {
      const { url, path } = sampleRequest(contract, operation, BASE_URL);
      expect(url, operation.id).not.toMatch(/[{}]|%7B/);
      expect(path.join(), operation.id).not.toMatch(/_id\b/);
    }
  });

  test('have an idempotency key of their own for each operation that takes one', () => {
    const keys = operations.map((one) => sampleRequest(contract, one, BASE_URL).idempotency_key).filter(Boolean);
    expect(keys.length).toBeGreaterThan(3);
    expect(new Set(keys).size).toBe(keys.length);
  });
});
