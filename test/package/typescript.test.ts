import { execFile } from 'node:child_process';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, inject, test } from 'vitest';

const { project } = inject('sdk');
const tsc = join(import.meta.dirname, '../../node_modules/.bin/tsc');

const strict = {
  noEmit: true,
  strict: true,
  target: 'es2022',
  exactOptionalPropertyTypes: true,
  noUncheckedIndexedAccess: true,
  noPropertyAccessFromIndexSignature: true,
  verbatimModuleSyntax: true,
  // The package's own declarations are checked as well.
  skipLibCheck: false,
};

/** Every feature as an application writes it. What must not compile is marked so, and its absence is an error. */
const application = `
import { attachment, isRateLimitedError, Koltrix, type Event, type Hooks, type SendEmail } from 'koltrix';
import { createMockKoltrix, fakeEvent, signWebhook } from 'koltrix/testing';
import { isWebhookVerificationError, verifyWebhook } from 'koltrix/webhooks';

interface Element { type: string; props: { name: string } }
const hooks: Hooks = { onResponse: ({ status, duration_ms }, { url }) => console.log(status, duration_ms, url) };
export const koltrix = new Koltrix({
  apiKey: 'kx_1',
  baseUrl: 'http://127.0.0.1',
  hooks,
  render: async (element: Element) => '<p>' + element.props.name + '</p>',
});
export const quiet = new Koltrix({ hooks: { onRequest: undefined }, render: undefined, fetch: undefined });
const message: SendEmail = { from: 'a@acme.example', to: ['b@acme.example'], subject: 'Hi', body_text: 'Hi' };

export async function main(rows: AsyncIterable<SendEmail>, signal: AbortSignal): Promise<string[]> {
  const { data, response } = await koltrix.emails.send(message, { idempotencyKey: 'k', signal }).withResponse();
  const left: number | undefined = response.rate_limit?.remaining;
  await koltrix.emails.send({ ...message, attachments: [await attachment('a.pdf'), await attachment(new Blob(['a']), { filename: 'a' })] });
  const { body_text: _, ...rest } = message;
  await koltrix.emails.send({ ...rest, body: { type: 'p', props: { name: 'Ada' } } });
  for await (const { input, email, error } of koltrix.emails.sendMany(rows)) {
    if (error === undefined) console.log(email.id, input.subject, left);
    else if (isRateLimitedError(error)) console.log(error.retryAfter_ms);
  }
  for await (const event of koltrix.events.stream({ type: ['email.bounced'] }, { signal })) show(event);
  const ids: string[] = [data.id];
  for await (const { id } of koltrix.emails.list({ limit: 10 })) ids.push(id);
  return ids;
}

function show(event: Event): void {
  if (event.type === 'email.bounced') console.log(event.data.bounce.diagnostic);
  // @ts-expect-error - only a bounce says why it bounced
  else console.log(event.data.bounce);
}

export async function receive(request: Request): Promise<Response> {
  try {
    show(await verifyWebhook(await request.text(), request.headers, ['whsec_new', 'whsec_old']));
    return new Response(null, { status: 204 });
  } catch (error) {
    return new Response(isWebhookVerificationError(error) ? error.reason : null, { status: 400 });
  }
}

export async function tested(): Promise<void> {
  const mock = createMockKoltrix();
  await new Koltrix({ apiKey: 'kx_1', fetch: mock.fetch }).emails.send(message);
  show(fakeEvent('email.bounced'));
}

// @ts-expect-error - an email has a subject
koltrix.emails.send({ from: 'a@acme.example', to: ['b@acme.example'], body_text: 'Hi' });
// @ts-expect-error - a call that creates nothing takes no key
koltrix.emails.cancel('em_1', { idempotencyKey: 'k' });
// @ts-expect-error - the resources are types, not to be made by hand
new (await import('koltrix')).EmailsResource();
`;

const contract = `
import contract from 'koltrix/openapi.json' with { type: 'json' };
export const version: string = contract.openapi;
export const path: object = contract.paths['/emails'];
`;

const commonjs = `
import koltrix = require('koltrix');
const send = (client: koltrix.Koltrix, email: koltrix.SendEmail) => client.emails.send(email);
export = send;
`;

/** The examples in TypeScript of the README and of the guides, each a file. */
async function examples(): Promise<Record<string, string>> {
  const guides = 'server/http/docs/guides';
  const documents = ['README.md', ...(await readdir(guides)).map((name) => join(guides, name))];
  const found: Record<string, string> = {};
  for (const document of documents) {
    const text = await readFile(document, 'utf8');
    for (const [, code = ''] of text.matchAll(/^```ts[^\n]*\n([\s\S]*?)^```$/gm)) {
      found[`${basename(document, '.md')}-${Object.keys(found).length}.ts`] = code;
    }
  }
  return found;
}

/** What TypeScript finds wrong with the files under these settings. */
async function faultsIn(name: string, files: Record<string, string>, compilerOptions: object): Promise<string> {
  for (const [file, text] of Object.entries(files)) await writeFile(join(project, file), text);
  const config = join(project, `tsconfig.${name}.json`);
  await writeFile(
    config,
    JSON.stringify({ compilerOptions: { ...strict, ...compilerOptions }, files: Object.keys(files) }),
  );
  return promisify(execFile)(tsc, ['-p', config, '--pretty', 'false']).then(
    () => '',
    ({ stdout }) => stdout,
  );
}

describe('an application in strict TypeScript compiles', () => {
  const files = { 'application.ts': application, 'contract.ts': contract };

  test('with nodenext, on the types of Node', async () => {
    const node = { module: 'nodenext', lib: ['es2022'], types: ['node'], resolveJsonModule: true };
    expect(await faultsIn('nodenext', files, node)).toBe('');
  });

  test('with bundler, on the types of a browser', async () => {
    const lib = ['es2022', 'dom', 'dom.iterable', 'dom.asynciterable'];
    const browser = { module: 'preserve', moduleResolution: 'bundler', lib, types: [], resolveJsonModule: true };
    expect(await faultsIn('bundler', files, browser)).toBe('');
  });

  // With `node16`, as with `nodenext` before TypeScript 5.8, an ES module cannot be required.
  test('as CommonJS that requires it', async () => {
    const node = { module: 'node16', lib: ['es2022'], types: ['node'] };
    expect(await faultsIn('commonjs', { 'legacy.cts': commonjs }, node)).toBe('');
  });

  test('as our README and guides write it', async () => {
    // The one setting that not everybody who is strict has: it wants `process.env['KEY']`.
    const own = { noPropertyAccessFromIndexSignature: false };
    const node = { module: 'nodenext', lib: ['es2022'], types: ['node'], ...own };
    expect(await faultsIn('guides', await examples(), node)).toBe('');
  });

  test('only when it is right', async () => {
    const wrong = { 'wrong.ts': application.replaceAll('// @ts-expect-error', '//') };
    const found = await faultsIn('wrong', wrong, { module: 'nodenext', lib: ['es2022'], types: ['node'] });
    expect(found.match(/error TS/g)).toHaveLength(4);
  });
});
