import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createContext, runInContext } from 'node:vm';
import { rolldown } from 'rolldown';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { givenKoltrix, type Installation } from '../support/koltrix.ts';

const { project, installed } = inject('sdk');

let koltrix: Installation;
beforeAll(async () => {
  koltrix = await givenKoltrix();
});
afterAll(() => koltrix[Symbol.asyncDispose]());

const program = `
import { attachment, isKoltrixError, Koltrix, verifyWebhook } from 'koltrix';
globalThis.main = async (options) => {
  const client = new Koltrix(options);
  const email = { from: 'hello@acme.example', to: ['ada@example.test'], subject: 'From a worker', body_text: 'Hi' };
  const attachments = [await attachment(new File(['hi'], 'hi.txt')), await attachment(new Uint8Array(9), { filename: 'b' })];
  const sent = await client.emails.send({ ...email, attachments });
  const many = await client.emails.sendMany([email, email]);
  const ids = [];
  for await (const { id } of client.emails.list({ limit: 1 })) ids.push(id);
  const path = await attachment('report.pdf').catch((error) => error);
  const keyless = (() => { try { new Koltrix(); } catch (error) { return isKoltrixError(error); } })();
  const refused = await verifyWebhook('{}', {}, 'whsec_MTIz').catch(({ reason }) => reason);
  return JSON.stringify({
    isListed: ids.includes(sent.id), many: many.map((result) => result.email.status), path: path.message, keyless, refused,
  });
};`;

/** One script, as it is uploaded to an edge runtime. */
async function bundled(): Promise<{ code: string; imports: string[] }> {
  const bundle = await rolldown({
    input: 'worker',
    cwd: project,
    platform: 'neutral',
    plugins: [
      {
        name: 'worker',
        resolveId: (id) => (id === 'worker' ? `${project}/worker.js` : null),
        load: (id) => (id === `${project}/worker.js` ? program : null),
      },
    ],
  });
  const { output } = await bundle.generate({ format: 'iife', codeSplitting: false });
  return output[0];
}

/** What a Worker has: the web's globals, no `process`, no `Buffer`, no `require`, no modules of Node. */
const { fetch, Headers, Request, Response, URL, URLSearchParams, TextEncoder, TextDecoder, AbortController } =
  globalThis;
const { AbortSignal, ReadableStream, Blob, File, crypto, setTimeout, clearTimeout, atob, btoa } = globalThis;
const web = {
  ...{ fetch, Headers, Request, Response, URL, URLSearchParams, TextEncoder, TextDecoder, AbortController },
  ...{ AbortSignal, ReadableStream, Blob, File, crypto, setTimeout, clearTimeout, atob, btoa },
};

test('in a runtime with the globals of the web alone everything but paths works', async () => {
  const { code, imports } = await bundled();
  expect(imports).toEqual([]);
  const context = createContext({ ...web });
  runInContext(code, context);
  const acme = await koltrix.tenant();
  const answer = await runInContext('main', context)({ apiKey: acme.key, baseUrl: koltrix.url });
  expect(JSON.parse(answer)).toEqual({
    isListed: true,
    many: ['queued', 'queued'],
    path: expect.stringContaining('no files'),
    keyless: true,
    refused: 'missing-header',
  });
});

test('no module that an application loads names one of Node, or reads a global that only Node has', async () => {
  const { exports } = JSON.parse(await readFile(join(installed, 'package.json'), 'utf8'));
  const entries = ['.', './webhooks'].map((name) => exports[name].import.default.replace('./', ''));
  for (const file of await reachableFrom(entries)) {
    const text = await readFile(join(installed, file), 'utf8');
    expect(text, file).not.toMatch(/\b(import|export)\b[^;]*['"]node:/);
    expect(text, file).not.toMatch(/\brequire\(|\bBuffer\b|__dirname|(?<!globalThis\.)\bprocess\.env/);
  }
});

/** The modules that the entries import, and those that these do. */
async function reachableFrom(entries: string[]): Promise<Set<string>> {
  const all = new Set(await readdir(installed));
  const seen = new Set(entries);
  for (const file of seen) {
    const text = await readFile(join(installed, file), 'utf8');
    for (const [, name = ''] of text.matchAll(/(?:from|import)\s*\(?"\.\/([^"]+)"/g)) {
      expect(all, `${file} imports ${name}`).toContain(name);
      seen.add(name);
    }
  }
  return seen;
}
