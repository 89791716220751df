import { expect, expectTypeOf, test } from 'vitest';
import type { KeyedRequestOptions, RequestOptions } from '../src/index.ts';
import { accepted, acceptIt, hangUp, hello, json, serve } from './support.ts';

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

test('every creating operation has a key, and no other one', async () => {
  await using server = await serve(json(200, { ...accepted, data: [], next_cursor: null }));
  const client = server.client();
  await client.emails.send(hello);
  await client.emails.sendBatch({ emails: [hello] });
  await client.emails.sendRaw('Subject: Hi\r\n', { mail_from: 'a@x.example', rcpt_to: ['b@x.example'] });
  await client.webhooks.create({ url: 'https://x.example' });
  await client.webhooks.rotateSecret('wh_1');
  await client.webhooks.test('wh_1', { type: 'email.bounced' });
  await client.suppressions.create({ address: 'a@x.example' });
  await client.apiKeys.create({ name: 'x' });
  const creating = server.requests.length;
  await client.emails.list();
  await client.emails.cancel('em_1');
  await client.webhooks.update('wh_1', {});
  await client.webhooks.delete('wh_1');
  expect(keys(server).slice(0, creating)).not.toContain(undefined);
  expect(new Set(keys(server).slice(creating))).toEqual(new Set([undefined]));
});

test('only calls that take a key accept one', () => {
  expectTypeOf<KeyedRequestOptions>().toHaveProperty('idempotencyKey');
  expectTypeOf<RequestOptions>().not.toHaveProperty('idempotencyKey');
});
