import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import ts from 'typescript';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { givenKoltrix, type Installation } from '../support/koltrix.ts';
import type { Tenant } from '../support/tenant.ts';

const run = promisify(execFile);
const COMPILE_TIMEOUT_MS = 60_000;

interface Example {
  /** Its first line of code. */
  title: string;
  code: string;
  runs: boolean;
}

/** Marked `no-run`: for another package or another program. Those that wait for ever, or are a test of a test runner, are compiled alone. */
const examples: Example[] = [
  ...(await readFile('sdk/README.md', 'utf8')).matchAll(/^```ts(?!x)([^\n]*)\n([\s\S]*?)^```$/gm),
].map(([, mark = '', code = '']) => ({
  title:
    code
      .split('\n')
      .find((line) => line && !line.startsWith('import'))
      ?.slice(0, 60) ?? '',
  code,
  runs: !mark.includes('no-run') && !/events\.stream|from 'vitest'/.test(code),
}));

/** What the reader has already where an example speaks of it. */
const PRELUDE = `
import { createReadStream as open } from 'node:fs';
import { Koltrix as Client, type SendEmail } from 'koltrix';
import { createMockKoltrix } from 'koltrix/testing';

const mail: SendEmail = { from: 'hello@acme.example', to: ['ada@example.com'], subject: 'Hello', body_text: 'Hello' };
const photo = new FormData();
photo.set('photo', new File(['a photo'], 'photo.jpg', { type: 'image/jpeg' }));
const net = globalThis.fetch;
const globals = {
  Koltrix: Client,
  koltrix: new Client(),
  message: mail,
  emails: [mail, mail],
  form: photo,
  createReadStream: open,
  authorization: 'none',
  order: { id: 4711 },
  log: { debug: (_: object) => {}, info: (_: object) => {}, warn: (_: object) => {} },
  note: async (_input: unknown, _outcome: unknown) => {},
  unsubscribe: async (_address: string) => {},
  rowsOfADatabase: async function* () {
    yield mail;
  },
  mock: createMockKoltrix(),
  fetch: (async (url: string, init?: RequestInit) => {
    if (!String(url).startsWith('https://files.acme.example/')) return net(url, init);
    return Object.defineProperty(new Response('the terms'), 'url', { value: url });
  }) as typeof fetch,
};
Object.assign(globalThis, globals);
if (process.env.MOCKED) Object.assign(globalThis, { koltrix: globals.mock.client() });

declare global {
  var Koltrix: typeof Client;
  var koltrix: Client;
  var message: SendEmail;
  var emails: SendEmail[];
  var form: FormData;
  var createReadStream: typeof open;
  var authorization: string;
  var order: { id: number };
  var log: typeof globals.log;
  var note: typeof globals.note;
  var unsubscribe: typeof globals.unsubscribe;
  var rowsOfADatabase: typeof globals.rowsOfADatabase;
  var mock: ReturnType<typeof createMockKoltrix>;
}
`;

let koltrix: Installation;
let acme: Tenant;
let folder: string;
beforeAll(async () => {
  koltrix = await givenKoltrix();
  acme = await koltrix.tenant();
  // Inside the checkout, so that `koltrix` resolves as it does for a workspace.
  folder = await mkdtemp(join(process.cwd(), 'test', '.readme-'));
  await mkdir(join(folder, 'invoices'));
  await writeFile(join(folder, 'invoices/42.pdf'), '%PDF-1.7');
  await writeFile(join(folder, 'export.csv'), 'a,b\n1,2\n');
  await writeFile(join(folder, 'message.eml'), 'From: hello@acme.example\r\nSubject: x\r\n\r\nx\r\n');
  await writeFile(join(folder, 'prelude.ts'), PRELUDE);
  await writeFile(join(folder, 'register.ts'), 'export async function register(_address: string): Promise<void> {}\n');
  // The endpoint is the README's own.
  const route = examples.find(({ code }) => code.includes('export async function POST'))?.code;
  await writeFile(join(folder, 'route.ts'), `import './prelude.ts';\n${route}`);
  for (const [i, { code }] of examples.entries()) await writeFile(fileOf(i), `import './prelude.ts';\n${here(code)}`);
});
afterAll(async () => {
  await koltrix[Symbol.asyncDispose]();
  await rm(folder, { recursive: true, force: true });
});

const fileOf = (index: number) => join(folder, `example-${index}.ts`);
const here = (code: string) =>
  code.replaceAll("'kx_…'", `'${acme.key}'`).replaceAll('https://mail.acme.example', koltrix.url);

describe('the SDK’s README', () => {
  test('compiles, strictly', { timeout: COMPILE_TIMEOUT_MS }, () => {
    const { config } = ts.readConfigFile('tsconfig.json', ts.sys.readFile);
    const { options } = ts.convertCompilerOptionsFromJson(config.compilerOptions, process.cwd());
    const program = ts.createProgram(
      examples.map((_, i) => fileOf(i)),
      { ...options, noUnusedLocals: false, noUnusedParameters: false },
    );
    const faults = ts.getPreEmitDiagnostics(program).filter(({ file }) => file?.fileName.startsWith(folder));
    expect(
      faults.map(({ file, messageText, start = 0 }) => [
        file?.text.slice(start, start + 60),
        ts.flattenDiagnosticMessageText(messageText, ' '),
      ]),
    ).toEqual([]);
  });

  test.for(examples.map((example, i) => ({ ...example, i })).filter(({ runs }) => runs))(
    'runs: $title',
    async ({ code, i }) => {
      const env = {
        ...process.env,
        KOLTRIX_KEY: acme.key,
        KOLTRIX_BASE_URL: koltrix.url,
        KOLTRIX_WEBHOOK_SECRET: /secret = '(whsec_[^']+)'/.exec(code)?.[1] ?? '',
        ...(code.includes('mock.') && { MOCKED: 'yes' }),
      };
      await run(process.execPath, [fileOf(i)], { env, cwd: folder, timeout: 80_000 });
    },
  );
});
