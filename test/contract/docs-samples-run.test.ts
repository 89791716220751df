import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Contract, type Operation, operationsOf } from '../../server/http/docs/contract.ts';
import { samplesOf } from '../../server/http/docs/samples/index.ts';
import { sampleRequest } from '../../server/http/docs/samples/request.ts';
import { type Furniture, furnish } from '../support/furnish.ts';
import { givenKoltrix, type Installation } from '../support/koltrix.ts';
import { need, pythonWithRequests } from '../support/programs.ts';
import type { Tenant } from '../support/tenant.ts';

const run = promisify(execFile);
const contract: Contract = JSON.parse(await readFile('server/generated/openapi.gen.json', 'utf8'));
/** Reading first, taking away last, so that each sample finds what it names. Streams go on for ever. */
const ORDER = ['GET', 'POST', 'PATCH', 'DELETE'];
const operations = operationsOf(contract)
  .filter(({ success }) => success.media?.type !== 'text/event-stream')
  .sort((a, b) => rank(a) - rank(b));

function rank({ id, method }: Operation): number {
  return id === 'cancelEmail' || id === 'revokeApiKey' ? ORDER.length : ORDER.indexOf(method);
}

let koltrix: Installation;
let folder: string;
beforeAll(async () => {
  koltrix = await givenKoltrix();
  // Inside the checkout, so that `koltrix` resolves as it does for a workspace.
  folder = await mkdtemp(join(process.cwd(), 'test', '.samples-'));
  await writeFile(
    join(folder, 'message.eml'),
    'From: hello@acme.example\r\nTo: ada@example.com\r\nSubject: x\r\n\r\nx\r\n',
  );
  await writeFile(join(folder, 'suppressions.csv'), 'address\r\ncarol@example.com\r\n');
});
afterAll(async () => {
  await koltrix[Symbol.asyncDispose]();
  await rm(folder, { recursive: true, force: true });
});

/** What stands for the examples' ids in this test; each language has things of its own to change. */
async function given(): Promise<{ tenant: Tenant; things: Furniture; env: NodeJS.ProcessEnv }> {
  const tenant = await koltrix.tenant();
  const things = await furnish(tenant, new Date());
  // The sample that waits for mail is to find some.
  await tenant.koltrix.emails.send({
    from: 'hello@acme.example',
    to: ['ada@example.com'],
    subject: 'x',
    body_text: 'x',
  });
  const env = { ...process.env, KOLTRIX_KEY: tenant.key, KOLTRIX_BASE_URL: koltrix.url };
  return { tenant, things, env };
}

const PREFIXES: Record<string, keyof Furniture> = {
  em: 'email_id',
  dom: 'domain_id',
  whd: 'delivery_id',
  wh: 'webhook_id',
  key: 'api_key_id',
  tm: 'test_message_id',
  rep: 'report_id',
  evt: 'event_id',
};

/** The sample of an operation, with things that there are in place of the examples' ids. */
function codeOf(language: string, operation: Operation, things: Furniture): string {
  const base_url = `${koltrix.url}/api/v2`;
  const { code = '' } = samplesOf(contract, operation, base_url).find(({ id }) => id === language) ?? {};
  const placeholders = [...operation.path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name as keyof Furniture);
  const { path } = sampleRequest(contract, operation, base_url);
  return placeholders
    .reduce((text, name, i) => {
      const example = path[i] as string;
      return text
        .replaceAll(encodeURIComponent(example), encodeURIComponent(things[name]))
        .replaceAll(example, things[name]);
    }, code)
    .replaceAll(
      /\b(em|dom|whd|wh|key|tm|rep|evt)_01k9zq7d8ye2wbn5w0c8v7x3\w\w/g,
      (_, prefix) => things[PREFIXES[prefix] as keyof Furniture],
    );
}

const TIMEOUT_MS = 120_000;

/** What did not go well, one line each, as a program prints it. */
function faultsIn(stdout: string): string[] {
  return stdout.split('\n').filter((line) => line.startsWith('FAULT '));
}

describe('the samples of the reference, run against a server', () => {
  test('in curl', { timeout: TIMEOUT_MS }, async ({ skip }) => {
    await need('curl', skip);
    const { things, env } = await given();
    const faults: string[] = [];
    for (const operation of operations) {
      const code = codeOf('curl', operation, things).replace(/^curl /, 'curl -sS --fail-with-body --max-time 30 ');
      await run('sh', ['-c', code], { env, cwd: folder }).catch(({ stdout, stderr }) =>
        faults.push(`${operation.id}: ${stdout} ${stderr}`),
      );
    }
    expect(faults).toEqual([]);
  });

  test('in TypeScript', { timeout: TIMEOUT_MS }, async () => {
    const { things, env } = await given();
    const files = await filesOf('typescript', 'ts', things);
    const all = `for (const file of process.argv.slice(2)) {
      await import(file).catch((error) => process.stdout.write('FAULT ' + file + ' ' + error + '\\n'));
    }`;
    await writeFile(join(folder, 'all.ts'), all);
    const { stdout } = await run(process.execPath, [join(folder, 'all.ts'), ...files], { env, cwd: folder });
    expect(faultsIn(stdout)).toEqual([]);
  });

  test('in Python', { timeout: TIMEOUT_MS }, async ({ skip }) => {
    await need('python3 with requests', skip);
    const { things, env } = await given();
    const files = await filesOf('python', 'py', things);
    const all = `import runpy, sys
for file in sys.argv[1:]:
    try:
        runpy.run_path(file)
    except Exception as error:
        print("FAULT", file, error)`;
    const { stdout } = await run(await pythonWithRequests(), ['-c', all, ...files], { env, cwd: folder });
    expect(faultsIn(stdout)).toEqual([]);
  });

  test('in Go', { timeout: TIMEOUT_MS }, async ({ skip }) => {
    await need('go', skip);
    const { things, env } = await given();
    const root = join(folder, 'go');
    // One program of many packages: linking one for each sample would take minutes.
    for (const operation of operations) {
      const name = operation.id.toLowerCase();
      await mkdir(join(root, name), { recursive: true });
      const code = codeOf('go', operation, things)
        .replace('package main', `package ${name}`)
        .replace('func main()', 'func Run()');
      await writeFile(join(root, name, 'sample.go'), code);
    }
    const names = operations.map(({ id }) => id.toLowerCase());
    const calls = names.map((name) => `\tattempt("${name}", ${name}.Run)\n`).join('');
    const imports = names.map((name) => `\t"samples/${name}"\n`).join('');
    const attempt = `func attempt(name string, run func()) {
	defer func() {
		if fault := recover(); fault != nil {
			fmt.Println("FAULT", name, fault)
		}
	}()
	fmt.Print("\\n", name, " ")
	run()
}`;
    await writeFile(join(root, 'go.mod'), 'module samples\n\ngo 1.19\n');
    await writeFile(
      join(root, 'main.go'),
      `package main\n\nimport (\n\t"fmt"\n${imports})\n\n${attempt}\n\nfunc main() {\n${calls}}\n`,
    );
    const program = join(root, 'samples.bin');
    await run('go', ['build', '-o', program, '.'], { env: { ...env, GOFLAGS: '-mod=mod', GOPROXY: 'off' }, cwd: root });
    const { stdout } = await run(program, { env, cwd: folder, maxBuffer: 64 * 1024 * 1024 });
    expect(faultsIn(stdout)).toEqual([]);
    const statuses = names.map((name) => new RegExp(`^${name} (\\d)`, 'm').exec(stdout)?.[1]);
    expect(Object.fromEntries(names.map((name, i) => [name, statuses[i]]))).toEqual(
      Object.fromEntries(names.map((name) => [name, '2'])),
    );
  });
});

async function filesOf(language: string, extension: string, things: Furniture): Promise<string[]> {
  const directory = join(folder, language);
  await mkdir(directory, { recursive: true });
  return Promise.all(
    operations.map(async (operation) => {
      const file = join(directory, `${operation.id}.${extension}`);
      await writeFile(file, `${codeOf(language, operation, things)}\n`);
      return file;
    }),
  );
}
