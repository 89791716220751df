import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type ContractOperation, expectAnswer, expectProblem, operations } from '../support/contract.ts';
import { rows } from '../support/database.ts';
import { footprint } from '../support/footprint.ts';
import { type Furniture, fill, furnish } from '../support/furnish.ts';
import { serverTest } from '../support/host.ts';
import { givenKoltrix, type Installation } from '../support/koltrix.ts';
import type { Tenant } from '../support/tenant.ts';

let koltrix: Installation;
let acme: Tenant;
let things: Furniture;
beforeAll(async () => {
  koltrix = await givenKoltrix();
  acme = await koltrix.tenant();
  things = await furnish(acme, new Date());
  // What is written from here on is written by requests.
  await koltrix.stopWorker();
});
afterAll(() => koltrix[Symbol.asyncDispose]());

const mail = { from: 'hello@acme.example', to: ['ada@example.test'], subject: 'Hello', body_text: 'Hello there' };
const raw = 'From: hello@acme.example\r\nTo: ada@example.test\r\nSubject: Hello\r\n\r\nHello there\r\n';

let domains = 0;
const newDomain = () => ({ name: `acme${++domains}.example` });

/** A request of each operation that takes a key, and another of the same operation; undefined: it has no body. */
const bodies: Record<string, () => [first: unknown, other: unknown]> = {
  sendEmail: () => [mail, { ...mail, subject: 'Other' }],
  sendEmailBatch: () => [{ emails: [mail, mail] }, { emails: [mail] }],
  sendRawEmail: () => [raw, raw.replace('there', 'you')],
  createDomain: () => [newDomain(), newDomain()],
  rotateDomainDkim: () => [undefined, undefined],
  createWebhook: () => [{ url: 'https://hooks.acme.example/a' }, { url: 'https://hooks.acme.example/b' }],
  rotateWebhookSecret: () => [undefined, undefined],
  testWebhook: () => [{ type: 'email.bounced' }, { type: 'email.sent' }],
  createSuppression: () => [{ address: 'eve@example.test' }, { address: 'mallory@example.test' }],
  createApiKey: () => [
    { name: 'one', scope: 'send' },
    { name: 'two', scope: 'send' },
  ],
};
const secrets: Record<string, RegExp> = {
  createWebhook: /whsec_[A-Za-z0-9]{44}\b/,
  rotateWebhookSecret: /whsec_[A-Za-z0-9]{44}\b/,
  createApiKey: /kx_[A-Za-z0-9]{43}\b/,
};
const keyed = operations.filter((operation) => operation.takesIdempotencyKey);

function call({ id, path, consumes }: ContractOperation, key: string, body: unknown, furniture = things) {
  const query = id === 'sendRawEmail' ? '?mail_from=hello%40acme.example&rcpt_to=ada%40example.test' : '';
  const content = consumes === 'application/json' ? JSON.stringify(body) : (body as string | undefined);
  return acme.fetch(fill(path, furniture) + query, {
    method: 'POST',
    headers: { 'idempotency-key': key, ...(content !== undefined && consumes && { 'content-type': consumes }) },
    ...(content !== undefined && { body: content }),
  });
}

serverTest('every POST that creates something takes a key, and this file knows them all', () => {
  expect(keyed.map(({ id }) => id).sort()).toEqual(Object.keys(bodies).sort());
  const created = operations.filter(({ responses }) => responses['201']).map(({ id }) => id);
  expect(keyed.map(({ id }) => id)).toEqual(expect.arrayContaining(created));
});

describe.each(keyed)('$id with a key', (operation) => {
  let first: unknown;
  let other: unknown;
  beforeEach(() => {
    [first, other] = bodies[operation.id]?.() ?? [];
  });

  test('is executed once: a repeat has the same answer, says so, and writes nothing', async () => {
    const key = randomUUID();
    const original = await call(operation, key, first);
    expect(original.headers.get('idempotent-replayed')).toBeNull();
    const answer = await expectAnswer(operation, original);
    const before = await footprint(koltrix, acme.id);
    for (const form of [key, `"${key}"`]) {
      const repeat = await call(operation, form, first);
      expect(repeat.status).toBe(original.status);
      expect(repeat.headers.get('idempotent-replayed')).toBe('true');
      expect(await expectAnswer(operation, repeat)).toBe(answer);
    }
    expect(await footprint(koltrix, acme.id)).toEqual(before);
    const stands_for = await acme.koltrix.idempotencyKeys.get(key);
    expect(stands_for).toMatchObject({ key, state: 'completed', operation: operation.id, status: original.status });
  });

  // What is stored, and how, is the server's own business.
  serverTest('keeps the answer sealed when it holds a secret', async () => {
    const key = randomUUID();
    const answer = await (await call(operation, key, first)).text();
    const [row] = await rows<{ sealed: boolean; answer: Buffer }>(
      koltrix.database.db,
      'select sealed, answer from idempotency_keys where tenant_id = $1 and key = $2',
      [acme.id, key],
    );
    const secret = secrets[operation.id]?.exec(answer)?.[0];
    expect(row?.sealed).toBe(operation.id in secrets);
    if (operation.id in secrets) {
      expect(secret).toBeDefined();
      expect(row?.answer.includes(secret as string)).toBe(false);
      expect(row?.answer.includes('secret')).toBe(false);
    } else {
      expect(row?.answer.toString()).toBe(answer);
    }
  });

  test('is refused when the key stands for another request', async () => {
    const key = randomUUID();
    await expectAnswer(operation, await call(operation, key, first));
    const elsewhere = {
      ...things,
      webhook_id: (await acme.koltrix.webhooks.create({ url: 'https://a.example' })).id,
      domain_id: (await acme.koltrix.domains.create(newDomain())).id,
    };
    const before = await footprint(koltrix, acme.id);
    const second = await call(operation, key, other, other === undefined ? elsewhere : things);
    await expectProblem(second, { status: 422, code: 'idempotency-key-reused', pointer: 'Idempotency-Key:' });
    const unrelated = operations.find(({ id }) => id === (operation.id === 'sendEmail' ? 'createApiKey' : 'sendEmail'));
    const third = await call(unrelated as ContractOperation, key, bodies[unrelated?.id as string]?.()[0]);
    await expectProblem(third, { status: 422, code: 'idempotency-key-reused' });
    expect(await footprint(koltrix, acme.id)).toEqual(before);
  });

  test('is refused when the key is malformed', async () => {
    const before = await footprint(koltrix, acme.id);
    for (const key of ['', 'with space', '"with space"', '""', 'x'.repeat(256), 'x'.repeat(300), 'ké', 'a, b']) {
      const response = await call(operation, key, first);
      await expectProblem(response, {
        status: 400,
        code: 'invalid-idempotency-key',
        pointer: 'Idempotency-Key:',
        says: /1 to 255 visible ASCII characters/,
      });
    }
    expect(await footprint(koltrix, acme.id)).toEqual(before);
  });

  test('leaves the key free when the request was refused', async () => {
    if (first === undefined) return;
    const key = randomUUID();
    const refused = await call(operation, key, operation.id === 'sendRawEmail' ? 'no message' : { nonsense: true });
    await expectProblem(refused, { status: 400, code: 'invalid-request' });
    const accepted = await call(operation, key, first);
    expect(accepted.headers.get('idempotent-replayed')).toBeNull();
    await expectAnswer(operation, accepted);
    expect(accepted.status).toBeLessThan(300);
  });
});

test('a key of 255 characters, and each visible character, is taken', async () => {
  const visible = Array.from({ length: 94 }, (_, i) => String.fromCharCode(33 + i)).join('');
  for (const key of ['k'.repeat(255), visible, '"quo\\"ted\\\\"']) {
    const body = JSON.stringify(mail);
    const headers = { 'content-type': 'application/json', 'idempotency-key': key };
    expect((await acme.fetch('/emails', { method: 'POST', headers, body })).status).toBe(202);
  }
  expect((await acme.koltrix.idempotencyKeys.get('quo"ted\\')).operation).toBe('sendEmail');
  expect((await acme.koltrix.idempotencyKeys.get(visible)).operation).toBe('sendEmail');
});
