import { readFile } from 'node:fs/promises';
import { expect, expectTypeOf, test } from 'vitest';
import { verbOf } from '../../spec/emit-resources.ts';
import { operationsOf } from '../../spec/operations.ts';
import type { KeyedRequestOptions, RequestOptions } from '../src/index.ts';
import { accepted, acceptIt, hangUp, hello, json, serve } from './support.ts';

const contract = new URL('../src/generated/openapi.gen.json', import.meta.url);
const operations = operationsOf(JSON.parse(await readFile(contract, 'utf8')));

const keys = (server: { requests: { headers: Record<string, unknown> }[] }) =>
  server.requests.map((r) => r.headers['idempotency-key']);

test('a creating call has a random key of visible ASCII, the same over its retries', async () => {
  await using server = await serve(hangUp, hangUp, acceptIt);
  await server.client().emails.send(hello);
  const [first, ...others] = keys(server);
  expect(first).toMatch(/^[\x21-\x7e]{20,255}$/);
  expect(others).toEqual([first, first]);
});

test('two calls have two keys, also when they say the same', async () => {
  await using server = await serve(acceptIt);
  const client = server.client();
  await Promise.all([client.emails.send(hello), client.emails.send(hello)]);
  expect(new Set(keys(server)).size).toBe(2);
});

test('your own key is sent as it is, by option or by header, the same over its retries', async () => {
  await using server = await serve(hangUp, acceptIt);
  const client = server.client();
  await client.emails.send(hello, { idempotencyKey: 'order-4711-receipt' });
  await client.emails.send(hello, { headers: { 'Idempotency-Key': 'order-4712-receipt' } });
  expect(keys(server)).toEqual(['order-4711-receipt', 'order-4711-receipt', 'order-4712-receipt']);
});

test('every operation that takes a key has one, and no other', async () => {
  await using server = await serve(json(200, { ...accepted, data: [], next_cursor: null }));
  const client = server.client() as unknown as Record<string, Record<string, (...args: unknown[]) => Promise<unknown>>>;
  const calls = operations.filter(({ success }) => success.mediaType !== 'text/event-stream');
  for (const each of calls) {
    const resource = each.tag.replaceAll(/-(\w)/g, (_, letter: string) => letter.toUpperCase());
    const body = each.requestBody?.model === undefined ? 'Subject: Hi\r\n' : { ...hello, emails: [hello] };
    const args = [...each.pathParameters.map(() => 'id'), ...(each.requestBody ? [body] : [])];
    await client[resource]?.[verbOf(each)]?.(...args, ...(each.queryParameters.length ? [{}] : []));
  }
  const keyed = calls.filter((_, i) => keys(server)[i] !== undefined).map(({ id }) => id);
  expect(server.requests).toHaveLength(calls.length);
  expect(keyed).toEqual(calls.filter(({ takesIdempotencyKey }) => takesIdempotencyKey).map(({ id }) => id));
  expect(keyed.length).toBeGreaterThan(6);
});

test('only calls that take a key accept one', () => {
  expectTypeOf<KeyedRequestOptions>().toHaveProperty('idempotencyKey');
  expectTypeOf<RequestOptions>().not.toHaveProperty('idempotencyKey');
});
