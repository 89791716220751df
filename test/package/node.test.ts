import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { givenKoltrix, type Installation } from '../support/koltrix.ts';
import { ownNode } from '../support/package.ts';
import type { Tenant } from '../support/tenant.ts';
import { until } from '../support/until.ts';

const { project } = inject('sdk');
const own = await ownNode();
const nodes = [{ path: process.execPath, version: process.version }, ...(own ? [own] : [])];

let koltrix: Installation;
let acme: Tenant;
beforeAll(async () => {
  koltrix = await givenKoltrix();
  acme = await koltrix.tenant();
});
afterAll(() => koltrix[Symbol.asyncDispose]());

const use = `
  const client = new sdk.Koltrix();
  const subject = process.argv[2];
  const { id } = await client.emails.send({
    from: 'hello@acme.example',
    to: ['ada@example.test'],
    subject,
    body_text: 'Hi',
    attachments: [await sdk.attachment(process.argv[1])],
  });
  const many = await client.emails.sendMany(
    ['bob@example.test', 'nonsense'].map((to) => ({ from: 'hello@acme.example', to: [to], subject, body_text: 'Hi' })),
  );
  const listed = [];
  for await (const email of client.emails.list({ limit: 1 })) if (email.subject === subject) listed.push(email.id);
  const missing = await client.emails.get('em_00000000000000000000000000').catch((error) => error);
  console.log(JSON.stringify({
    isListed: listed.includes(id) && listed.length === 2,
    many: many.map(({ email, error }) => email?.status ?? error.errors[0].pointer),
    missing: sdk.isNotFoundError(missing) && missing instanceof sdk.APIError,
  }));
`;

const programs: Record<string, string> = {
  'esm.mjs': `import * as sdk from 'koltrix'; import { verifyWebhook } from 'koltrix/webhooks'; import contract from 'koltrix/openapi.json' with { type: 'json' };
    if (!contract.paths['/emails']) throw new Error('that is not the contract');
    if (verifyWebhook !== sdk.verifyWebhook) throw new Error('there are two of them');
    ${use}`,
  'required.cjs': `const sdk = require('koltrix');
    if (require('koltrix/webhooks').verifyWebhook !== sdk.verifyWebhook) throw new Error('there are two of them');
    if (!require('koltrix/openapi.json').paths['/emails']) throw new Error('that is not the contract');
    (async () => { ${use} })();`,
  'offline.cjs': `const { Koltrix, isForbiddenError } = require('koltrix');
    const { createMockKoltrix } = require('koltrix/testing');
    const email = { from: 'hello@acme.example', to: ['ada@example.test'], subject: 'Caught', body_text: 'Hi' };
    const original = fetch;
    (async () => {
      const mock = createMockKoltrix();
      await mock.listen({ onUnhandledRequest: 'error' });
      mock.fail('emails.send', { network: 'lost-answer' });
      const koltrix = new Koltrix();
      const { status } = await koltrix.emails.send(email);
      mock.fail('emails.send', { code: 'domain-not-verified' });
      const refusal = await koltrix.emails.send(email).catch((error) => error);
      const others = await fetch('http://127.0.0.1:9/').then(() => 'passed', ({ message }) => message);
      const mails = mock.inbox.messages.length;
      mock.close();
      console.log(JSON.stringify({ status, refused: isForbiddenError(refusal), others, mails, restored: fetch === original }));
    })();`,
  'both.cjs': `const required = require('koltrix');
    import('koltrix').then(async (imported) => {
      const error = await new required.Koltrix().emails.get('em_00000000000000000000000000').catch((thrown) => thrown);
      const builds = new Set([required.Koltrix, imported.Koltrix]).size;
      console.log(JSON.stringify({ builds, guarded: imported.isNotFoundError(error) }));
    });`,
};

/** As Jest is, and Node was before 20.19: what is required must be CommonJS. */
const without = '--no-experimental-require-module';

/** Runs a program of the fresh project, which knows of this checkout only what its environment says. */
async function execute(node: string, file: string, subject: string, flags: string[] = []) {
  await writeFile(join(project, file), programs[file] as string);
  return promisify(execFile)(node, [...flags, join(project, file), subject], {
    cwd: project,
    env: { KOLTRIX_KEY: acme.key, KOLTRIX_BASE_URL: koltrix.url },
  });
}

describe.each(nodes)('on Node $version', ({ path, version }) => {
  test.for([
    { file: 'esm.mjs', flags: [] },
    { file: 'required.cjs', flags: [] },
    { file: 'required.cjs', flags: [without] },
  ])('$file $flags sends an attachment, sends many, lists, and tells errors apart', async ({ file, flags }) => {
    const subject = [file, version, ...flags].join(' ');
    const { stdout, stderr } = await execute(path, file, subject, flags);
    expect(JSON.parse(stdout)).toEqual({ isListed: true, many: ['queued', '/to/0'], missing: true });
    expect(stderr.replaceAll(/.*ExperimentalWarning: .*\n(.*\n)?.*trace-warnings.*\n/g, '')).toBe('');
    const mail = await until(async () =>
      (await acme.captured('ada@example.test')).find((one) => one.subject === subject),
    );
    expect(mail.attachments).toMatchObject([
      { filename: file, size_bytes: Buffer.byteLength(programs[file] as string) },
    ]);
  });

  test('what is required works offline, where msw cannot be required', async () => {
    const { stdout } = await execute(path, 'offline.cjs', '', [without]);
    expect(JSON.parse(stdout)).toEqual({
      ...{ status: 'queued', refused: true, mails: 1, restored: true },
      others: 'A request that is not for Koltrix: http://127.0.0.1:9/',
    });
  });

  test('an error of one build is known to the guards of the other', async () => {
    const { stdout } = await execute(path, 'both.cjs', '', [without]);
    expect(JSON.parse(stdout)).toEqual({ builds: 2, guarded: true });
  });

  test('the command is there', async () => {
    const { stdout } = await promisify(execFile)(path, [join(project, 'node_modules/.bin/koltrix'), '--help']);
    expect(stdout).toContain('koltrix');
  });
});

test('the oldest Node that the manifest promises is among them', () => {
  expect(process.env.CI ? nodes.map(({ version }) => version.split('.')[0]) : ['v20']).toContain('v20');
});
