import { execFile } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { givenKoltrix, type Installation } from '../support/koltrix.ts';
import { need, pythonWithRequests } from '../support/programs.ts';
import type { Tenant } from '../support/tenant.ts';
import { until } from '../support/until.ts';

const run = promisify(execFile);

interface Example {
  language: string;
  code: string;
}

/** Every fenced block that a reader would paste, but for those marked `no-run`. */
function examplesIn(markdown: string): Example[] {
  return [...markdown.matchAll(/^```(\w+)([^\n]*)\n([\s\S]*?)^```$/gm)]
    .filter(([, , mark]) => !mark?.includes('no-run'))
    .map(([, language, , code]) => ({ language: language as string, code: code as string }));
}

const GUIDES = 'server/http/docs/guides';
const documents = ['README.md', ...(await readdir(GUIDES)).map((name) => join(GUIDES, name))];
const examplesOf = new Map<string, Example[]>();
for (const document of documents) examplesOf.set(document, examplesIn(await readFile(document, 'utf8')));
const examples = examplesOf.get('README.md') as Example[];
const titleOf = ({ code }: Example) => code.trim().split('\n', 1)[0]?.slice(0, 60) ?? '';

let koltrix: Installation;
let acme: Tenant;
let folder: string;
beforeAll(async () => {
  koltrix = await givenKoltrix();
  acme = await koltrix.tenant();
  // Inside the checkout, so that `koltrix` resolves as it does for a workspace.
  folder = await mkdtemp(join(process.cwd(), 'test', '.readme-'));
});
afterAll(async () => {
  await koltrix[Symbol.asyncDispose]();
  await rm(folder, { recursive: true, force: true });
});

// An example that is tried again adds the same domain again.
beforeEach(async () => {
  for await (const { id } of acme.koltrix.domains.list()) await acme.koltrix.domains.delete(id);
});

describe.each(documents.filter((document) => examplesOf.get(document)?.length))('%s', (document) => {
  test.for((examplesOf.get(document) ?? []).map((example) => ({ title: titleOf(example), example })))(
    'works when pasted: $title',
    async ({ example }, { skip }) => {
      await need(programOf(example), skip);
      const { stdout } = await execute(example);
      expect(stdout).not.toMatch(/"retryable":/);
    },
  );
});

describe('the README', () => {
  test('shows curl, TypeScript, Python, Go, smtplib and swaks', () => {
    const all = examples.map(({ code }) => code).join('\n');
    for (const word of ['curl ', "from 'koltrix'", 'import requests', 'net/http', 'import smtplib', 'swaks ']) {
      expect(all).toContain(word);
    }
  });

  test('has sent each of its mails, and each has arrived', async ({ skip }) => {
    for (const program of ['python3 with requests', 'swaks', 'go']) await need(program, skip);
    const subjects = [
      'Your receipt',
      'Sent by the SDK',
      'Sent by Python',
      'Sent by Go',
      'Sent by smtplib',
      'Sent by swaks',
    ];
    const arrived = await until(async () => {
      const found = (await acme.captured('ada@example.com')).map(({ subject }) => subject);
      return subjects.every((subject) => found.includes(subject)) && found;
    });
    expect(arrived).toEqual(expect.arrayContaining(subjects));
  });
});

function programOf({ language, code }: Example): string {
  if (language === 'python') return code.includes('import requests') ? 'python3 with requests' : 'python3';
  if (language === 'sh') return code.startsWith('swaks') ? 'swaks' : 'curl';
  return language === 'go' ? 'go' : 'node';
}

async function execute({ language, code }: Example): Promise<{ stdout: string }> {
  const here = code
    .replaceAll('127.0.0.1:8025', new URL(koltrix.url).host)
    .replaceAll('127.0.0.1:2525', `127.0.0.1:${koltrix.smtp_port}`)
    .replaceAll('"127.0.0.1", 2525', `"127.0.0.1", ${koltrix.smtp_port}`);
  const env = {
    ...process.env,
    KOLTRIX_KEY: acme.key,
    KOLTRIX_BASE_URL: koltrix.url,
    GOCACHE: join(tmpdir(), 'koltrix-go-cache'),
    GO111MODULE: 'off',
  };
  const options = { env, timeout: 60_000 };
  const file = join(folder, `example.${{ ts: 'ts', python: 'py', go: 'go' }[language] ?? 'sh'}`);
  await writeFile(file, here);
  switch (language) {
    case 'sh':
      return run('sh', ['-e', file], options);
    case 'ts':
      return run(process.execPath, [file], options);
    case 'python':
      return run(await pythonWithRequests(), [file], options);
    case 'go':
      return run('go', ['run', file], options);
    default:
      throw new Error(`the README has an example in ${language}, which no test runs`);
  }
}
