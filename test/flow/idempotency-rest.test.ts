import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { givenKoltrix, type Installation } from '../support/koltrix.ts';
import type { Tenant } from '../support/tenant.ts';

let koltrix: Installation;
beforeAll(async () => {
  koltrix = await givenKoltrix({ env: { KOLTRIX_ROLES: 'api' } });
});
afterAll(() => koltrix[Symbol.asyncDispose]());

const email = {
  from: 'hello@acme.example',
  to: ['ada@example.test'],
  subject: 'Hello',
  body_text: 'Hi',
  tags: { kind: 'receipt', shop: 'berlin' },
  metadata: { order: { id: 4711, lines: [{ sku: 'a', count: 2 }] } },
};

function post(acme: Tenant, key: string, body: unknown, path = '/emails'): Promise<Response> {
  return acme.fetch(path, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'idempotency-key': key },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  });
}

async function answer(response: Response): Promise<{ status: number; replayed: string | null; text: string }> {
  return {
    status: response.status,
    replayed: response.headers.get('idempotent-replayed'),
    text: await response.text(),
  };
}

describe('a replay', () => {
  test('has the status and the very body of the first answer, and says that it is one', async () => {
    const acme = await koltrix.tenant();
    await acme.suppress('bob@example.test');
    const request = { ...email, cc: ['bob@example.test'] };
    const first = await answer(await post(acme, 'k', request));
    expect(first).toMatchObject({ status: 202, replayed: null });
    expect(first.text).toContain('"suppressed"');
    await acme.koltrix.suppressions.delete('bob@example.test');
    expect(await answer(await post(acme, 'k', request))).toEqual({ ...first, replayed: 'true' });
  });

  test('is given to the same JSON in another order and with other white space', async () => {
    const acme = await koltrix.tenant();
    const first = await answer(await post(acme, 'k', email));
    const reordered = {
      metadata: { order: { lines: [{ count: 2, sku: 'a' }], id: 4711 } },
      tags: { shop: 'berlin', kind: 'receipt' },
      body_text: 'Hi',
      subject: 'Hello',
      to: ['ada@example.test'],
      from: 'hello@acme.example',
    };
    const again = await answer(await post(acme, 'k', `\n${JSON.stringify(reordered, null, '\t')}  `));
    expect(again).toEqual({ ...first, replayed: 'true' });
  });

  test('is given to the same key in quotes', async () => {
    const acme = await koltrix.tenant();
    const first = await answer(await post(acme, 'order-4711', email));
    expect(await answer(await post(acme, '"order-4711"', email))).toEqual({ ...first, replayed: 'true' });
  });

  test('of a batch has the same emails in the same order', async () => {
    const acme = await koltrix.tenant();
    const emails = Array.from({ length: 20 }, (_, i) => ({ ...email, subject: `No ${i}` }));
    const first = await answer(await post(acme, 'k', { emails }, '/emails/batch'));
    expect(await answer(await post(acme, 'k', { emails }, '/emails/batch'))).toEqual({ ...first, replayed: 'true' });
    const reversed = await post(acme, 'k', { emails: emails.toReversed() }, '/emails/batch');
    expect(await reversed.json()).toMatchObject({ status: 422, code: 'idempotency-key-reused', retryable: false });
    expect(await Array.fromAsync(acme.koltrix.emails.list())).toHaveLength(20);
    const ids = JSON.parse(first.text).data.map(({ id }: { id: string }) => id);
    expect(await acme.koltrix.idempotencyKeys.get('k')).toMatchObject({ email_id: ids[0], email_ids: ids });
  });
});

test.each([
  ['300 characters', 'k'.repeat(300)],
  ['a space', 'my order'],
  ['letters beyond ASCII', 'schl\u00fcssel'],
  ['nothing but quotes', '""'],
  ['a space within quotes', '"my order"'],
])('a key of %s is malformed', async (_what, key) => {
  const acme = await koltrix.tenant();
  const response = await post(acme, key, email);
  expect(await response.json()).toMatchObject({
    status: 400,
    code: 'invalid-idempotency-key',
    errors: [{ pointer: 'Idempotency-Key:' }],
  });
  expect(await Array.fromAsync(acme.koltrix.emails.list())).toEqual([]);
});

test.each([
  ['255 characters', 'k'.repeat(255)],
  ['signs that mean something in a URL', 'a/b?c#d%20&e=../f'],
  ['quotes within', '"a\\"b\\\\c"'],
])('a key of %s serves, and can be looked up', async (_what, key) => {
  const acme = await koltrix.tenant();
  const { id } = (await (await post(acme, key, email)).json()) as { id: string };
  expect((await answer(await post(acme, key, email))).replayed).toBe('true');
  const bare = key.startsWith('"') ? 'a"b\\c' : key;
  expect(await acme.koltrix.idempotencyKeys.get(bare)).toMatchObject({ key: bare, email_id: id });
});

test('a request that was refused leaves its key free', async () => {
  const acme = await koltrix.tenant();
  const crowd = { ...email, to: Array.from({ length: 51 }, (_, i) => `ada${i}@example.test`) };
  for (const wrong of [{ ...email, to: ['nobody'] }, crowd, { ...email, headers: { Received: 'x' } }]) {
    expect((await post(acme, 'k', wrong)).status).toBeGreaterThanOrEqual(400);
    await expect(acme.koltrix.idempotencyKeys.get('k')).rejects.toMatchObject({ code: 'not-found' });
  }
  expect(await answer(await post(acme, 'k', email))).toMatchObject({ status: 202, replayed: null });
});

test('the record of a key says what it stands for and until when', async () => {
  const acme = await koltrix.tenant();
  const { id } = await acme.koltrix.emails.send(email, { idempotencyKey: 'order-1' });
  const record = await acme.koltrix.idempotencyKeys.get('order-1');
  expect(record).toMatchObject({
    key: 'order-1',
    state: 'completed',
    operation: 'sendEmail',
    status: 202,
    email_id: id,
    email_ids: [id],
  });
  const lifetime_ms = Date.parse(record.expires_at as string) - Date.parse(record.created_at as string);
  expect(Math.abs(lifetime_ms - 24 * 3_600_000)).toBeLessThan(60_000);
  const umbrella = await koltrix.tenant();
  await expect(umbrella.koltrix.idempotencyKeys.get('order-1')).rejects.toMatchObject({ code: 'not-found' });
});
