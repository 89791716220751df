import { afterAll, beforeAll, expect, test } from 'vitest';
import { givenKoltrix, type Installation } from '../support/koltrix.ts';

let koltrix: Installation;
beforeAll(async () => {
  koltrix = await givenKoltrix({ env: { KOLTRIX_ROLES: 'api' } });
});
afterAll(() => koltrix[Symbol.asyncDispose]());

const creations = [
  { name: 'an API key', path: '/api-keys', body: { name: 'ci', scope: 'send' }, other: { name: 'cd', scope: 'send' } },
  {
    name: 'a webhook endpoint',
    path: '/webhooks',
    body: { url: 'http://127.0.0.1:9/hook' },
    other: { url: 'http://127.0.0.1:9/other' },
  },
  { name: 'a sending domain', path: '/domains', body: { name: 'a.example' }, other: { name: 'b.example' } },
  {
    name: 'a suppression',
    path: '/suppressions',
    body: { address: 'bob@example.test' },
    other: { address: 'eve@example.test' },
  },
];

test.each(creations)('$name is created once under one key, and its secrets are replayed', async (creation) => {
  const acme = await koltrix.tenant();
  const count = async () => ((await (await acme.fetch(creation.path)).json()) as { data: unknown[] }).data.length;
  const before = await count();
  const post = (body: object) =>
    acme.fetch(creation.path, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'idempotency-key': 'setup' },
      body: JSON.stringify(body),
    });
  const first = await post(creation.body);
  expect(first.status).toBe(201);
  const text = await first.text();
  const again = await post(creation.body);
  expect([again.status, again.headers.get('idempotent-replayed'), await again.text()]).toEqual([201, 'true', text]);
  expect(await (await post(creation.other)).json()).toMatchObject({ code: 'idempotency-key-reused', status: 422 });
  expect(await count()).toBe(before + 1);
});

test.each(creations)('$name asked for thirty times at once is created once', async ({ path, body }) => {
  const acme = await koltrix.tenant();
  const count = async () => ((await (await acme.fetch(path)).json()) as { data: unknown[] }).data.length;
  const before = await count();
  const answers = await Promise.all(
    Array.from({ length: 30 }, async () => {
      const response = await acme.fetch(path, {
        method: 'POST',
        headers: { 'content-type': 'application/json', 'idempotency-key': 'setup' },
        body: JSON.stringify(body),
      });
      return { status: response.status, text: await response.text() };
    }),
  );
  expect(new Set(answers.map(({ status }) => status)).difference(new Set([201, 409]))).toEqual(new Set());
  const created = answers.filter(({ status }) => status === 201);
  expect(new Set(created.map(({ text }) => text)).size).toBe(1);
  expect(await count()).toBe(before + 1);
});
