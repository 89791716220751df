import { readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import express from 'express';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Contract, operationsOf, webhooksOf } from '../../server/http/docs/contract.ts';
import { docsRouter } from '../../server/http/docs/index.ts';
import { problemCodes } from '../../server/http/docs/pages/problem.ts';

const contract: Contract = JSON.parse(
  readFileSync(join(import.meta.dirname, '../../server/generated/openapi.gen.json'), 'utf8'),
);
const operations = operationsOf(contract);
const pages = ['/docs', '/problems', ...problemCodes.map((code) => `/problems/${code}`)];

let server: Server;
let origin: string;

beforeAll(async () => {
  server = createServer(express().use(docsRouter({ public_url: 'https://mail.example.test' })));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => server.close());

const get = (path: string, headers: Record<string, string> = {}) =>
  fetch(origin + path, { headers, redirect: 'manual' });
const textOf = async (path: string) => (await get(path)).text();
const all = (text: string, pattern: RegExp) => [...text.matchAll(pattern)].map((match) => match[1] ?? '');

describe('the reference', () => {
  test('names every operation with its summary, method and path', async () => {
    const text = await textOf('/docs');
    expect(operations.length).toBeGreaterThan(20);
    for (const { id, summary, path, method } of operations) {
      const section = text.slice(text.indexOf(`id="${id}"`)).split('</section>')[0] ?? '';
      expect(section, id).toContain(summary);
      expect(section, id).toContain(`/api/v2${path}</code>`);
      expect(section, id).toContain(`>${method}</span>`);
    }
  });

  test('shows every operation in four languages, against the address that callers use', async () => {
    const text = await textOf('/docs');
    for (const { id } of operations) {
      const section = text.slice(text.indexOf(`id="${id}"`)).split('</section>')[0] ?? '';
      expect(all(section, /class="sample sample-(\w+)"/g), id).toEqual(['curl', 'typescript', 'python', 'go']);
      expect(section, id).toContain('https://mail.example.test/api/v2');
    }
  });

  test('links every error of an operation to its page', async () => {
    const text = await textOf('/docs');
    for (const { id, errors } of operations) {
      const section = text.slice(text.indexOf(`id="${id}"`)).split('</section>')[0] ?? '';
      const rows = all(section, /<tr><th scope="row">(\d+)<\/th><td><a href="\/problems\//g);
      expect(rows, id).toEqual(errors.map(({ status }) => status));
    }
  });

  test('describes every event type', async () => {
    const ids = all(await textOf('/docs'), /<section class="operation" id="([^"]+)"/g);
    expect(ids).toEqual(expect.arrayContaining(webhooksOf(contract).map(([type]) => type)));
  });

  test('has each anchor once, and every link within it leads somewhere', async () => {
    const text = await textOf('/docs');
    const ids = all(text, /\bid="([^"]+)"/g);
    expect(new Set(ids).size).toBe(ids.length);
    expect(all(text, /href="#([^"]+)"/g).filter((id) => !ids.includes(id))).toEqual([]);
  });
});

describe('the problem pages', () => {
  test.each(problemCodes)('%s is listed and explained', async (code) => {
    expect(await textOf('/problems')).toContain(`href="/problems/${code}"`);
    const response = await get(`/problems/${code}`);
    expect(response.status).toBe(200);
    const text = await response.text();
    for (const heading of ['Typical causes', 'What to do', 'Retryable']) expect(text).toContain(`<h2>${heading}</h2>`);
  });

  test('a code that does not exist has none', async () => {
    expect((await get('/problems/no-such-code')).status).toBe(404);
    expect((await get('/problems/constructor')).status).toBe(404);
  });

  test('name the operations that answer them', async () => {
    expect(await textOf('/problems/idempotency-key-reused')).toContain('href="/docs#sendEmail"');
    expect(await textOf('/problems/idempotency-key-reused')).not.toContain('href="/docs#listEmails"');
    expect(await textOf('/problems/rate-limited')).toContain('Every operation');
  });
});

describe('every page', () => {
  test.each(pages)('%s loads nothing from elsewhere', async (path) => {
    const text = await textOf(path);
    const loaded = all(text, /<(?:link|script|img|iframe|source|object|embed)\b[^>]*?\s(?:src|href|data)="([^"]*)"/g);
    expect(loaded).toEqual(['/docs/icon.svg', '/docs/page.css', '/docs/page.js']);
    expect(text).not.toMatch(/<style|\sstyle="|<script>|\son[a-z]+="/);
  });

  test.each([...pages, '/docs/page.css', '/docs/page.js', '/docs/icon.svg'])(
    '%s has a strict content security policy',
    async (path) => {
      const policy = (await get(path)).headers.get('content-security-policy');
      expect(policy).toContain("default-src 'none'");
      expect(policy).not.toMatch(/unsafe|https?:|\*/);
    },
  );

  test('has its style, its script and its icon from this server', async () => {
    const style = await get('/docs/page.css');
    expect(style.headers.get('content-type')).toContain('text/css');
    expect(await style.text()).not.toMatch(/url\(|@import/);
    const script = await get('/docs/page.js');
    expect(script.headers.get('content-type')).toContain('text/javascript');
    expect(await script.text()).not.toMatch(/https?:/);
    expect((await get('/docs/icon.svg')).headers.get('content-type')).toContain('image/svg+xml');
  });

  test('links only to pages that exist', async () => {
    const links = new Set<string>();
    for (const path of pages)
      for (const link of all(await textOf(path), /<a\b[^>]*?href="(\/[^"#]*)/g)) links.add(link);
    for (const link of links) expect((await get(link)).status, link).toBe(200);
  });
});

describe('the contract', () => {
  test('is served as JSON', async () => {
    const response = await get('/openapi.json');
    expect(response.headers.get('content-type')).toContain('application/json');
    expect(await response.json()).toEqual(contract);
  });

  test.each(['/openapi.json', '/docs'])('%s is not sent again to whom it is known', async (path) => {
    const etag = (await get(path)).headers.get('etag') ?? '';
    // fetch would add `Cache-Control: no-cache` by itself, which asks for the whole page.
    const again = await get(path, { 'If-None-Match': etag, 'Cache-Control': 'max-age=0' });
    expect(again.status).toBe(304);
  });

  test('is sent compressed to whom can read that, and plain to others', async () => {
    const packed = await get('/docs', { 'Accept-Encoding': 'gzip' });
    expect(packed.headers.get('content-encoding')).toBe('gzip');
    const plain = await get('/docs', { 'Accept-Encoding': 'identity' });
    expect(plain.headers.get('content-encoding')).toBeNull();
    expect(await packed.text()).toBe(await plain.text());
  });
});

test('the root leads to the reference', async () => {
  const response = await get('/');
  expect([response.status, response.headers.get('location')]).toEqual([302, '/docs']);
});
