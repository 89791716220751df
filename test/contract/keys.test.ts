import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { expectProblem, operations } from '../support/contract.ts';
import { footprint } from '../support/footprint.ts';
import { givenKoltrix, type Installation } from '../support/koltrix.ts';
import { goodMail } from '../support/refusal.ts';
import type { Tenant } from '../support/tenant.ts';
import { until } from '../support/until.ts';

let koltrix: Installation;
let acme: Tenant;
beforeAll(async () => {
  koltrix = await givenKoltrix({ env: { KOLTRIX_ROLES: 'api' } });
  acme = await koltrix.tenant();
});
afterAll(() => koltrix[Symbol.asyncDispose]());

const unauthenticated = { status: 401, code: 'unauthenticated' as const };
const ask = (authorization: string | undefined, path = '/account') =>
  fetch(`${koltrix.url}/api/v2${path}`, { headers: authorization === undefined ? {} : { authorization } });

describe('a request is refused', () => {
  test.each([
    ['without a key', undefined],
    ['with an empty header', ''],
    ['with the scheme alone', 'Bearer'],
    ['with an empty key', 'Bearer '],
    ['with a key of 300 characters', `Bearer kx_${'k'.repeat(297)}`],
    ['with spaces in its key', 'Bearer kx_aaaaaaaaaa bbbbbbbbbb'],
    ['with a key beyond ASCII', 'Bearer kx_aaaaaaaaaaaaaaaé'],
    ['with a key that nobody has', 'Bearer kx_aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa'],
    ['by Basic authentication', `Basic ${Buffer.from('any:kx_0000000000000000').toString('base64')}`],
    ['by another scheme', 'Token kx_0000000000000000000000'],
  ])('%s', async (_, authorization) => {
    const response = await ask(authorization);
    expect(response.headers.get('www-authenticate')).toBe('Bearer');
    const { detail } = await expectProblem(response, unauthenticated);
    expect(detail).toMatch(/Authorization: Bearer|not known or has been revoked/);
    expect(detail).not.toContain('aaaa');
  });

  test('with a good key in the wrong place or form', async () => {
    await expectProblem(await ask(acme.key), unauthenticated);
    await expectProblem(await ask(`Basic ${Buffer.from(`:${acme.key}`).toString('base64')}`), unauthenticated);
    await expectProblem(await ask(`Bearer ${acme.key}x`), unauthenticated);
    await expectProblem(await ask(`Bearer ${acme.key.slice(0, -1)}`), unauthenticated);
    await expectProblem(await ask(`Bearer ${acme.key.toUpperCase()}`), unauthenticated);
    await expectProblem(await ask(undefined, `/account?key=${acme.key}`), unauthenticated);
  });

  test('before its body is looked at', async () => {
    for (const body of ['{', JSON.stringify({ to: 1 })]) {
      const init = { method: 'POST', headers: { 'content-type': 'application/json' }, body };
      await expectProblem(await fetch(`${koltrix.url}/api/v2/emails`, init), unauthenticated);
      const key = await acme.keyWith('read');
      await expectProblem(await acme.fetch('/emails', { ...init, key }), { status: 403, code: 'forbidden' });
    }
  });

  test('with any case of the scheme no more than with one', async () => {
    for (const scheme of ['Bearer', 'bearer', 'BEARER']) expect((await ask(`${scheme} ${acme.key}`)).status).toBe(200);
  });
});

test('a new key is letters and digits after its prefix, so that a double click takes it whole', async () => {
  for (let made = 0; made < 20; made++) {
    const { key, prefix } = await acme.koltrix.apiKeys.create({ name: 'clicked' });
    expect(key).toMatch(/^kx_[A-Za-z0-9]{43}$/);
    expect(key.startsWith(prefix)).toBe(true);
  }
});

describe('a revoked key', () => {
  test('stops working at once, also in the middle of use', async () => {
    const { id, key } = await acme.koltrix.apiKeys.create({ name: 'leaked' });
    const bearer = `Bearer ${key}`;
    expect((await ask(bearer)).status).toBe(200);
    let going = true;
    const statuses: number[] = [];
    const user = (async () => {
      while (going) statuses.push((await ask(bearer)).status);
    })();
    await until(() => statuses.length > 2);
    await acme.koltrix.apiKeys.revoke(id);
    const after = await Promise.all(Array.from({ length: 10 }, () => ask(bearer)));
    going = false;
    await user;
    expect(after.map(({ status }) => status)).toEqual(Array(10).fill(401));
    await expectProblem(await ask(bearer), { ...unauthenticated, says: /revoked/ });
    expect(statuses.lastIndexOf(200)).toBeLessThan(
      statuses.indexOf(401) === -1 ? statuses.length : statuses.indexOf(401),
    );
    await acme.koltrix.apiKeys.revoke(id);
  });

  test('is still listed, with its end, and never with its secret', async () => {
    const { id, key } = await acme.koltrix.apiKeys.create({ name: 'old', scope: 'read' });
    await acme.koltrix.apiKeys.revoke(id);
    const text = await (await acme.fetch('/api-keys?limit=100')).text();
    expect(text).not.toContain(key);
    const listed = (JSON.parse(text) as { data: { id: string; revoked_at: string | null }[] }).data;
    expect(listed.find((k) => k.id === id)?.revoked_at).toMatch(/Z$/);
  });

  test('is never the one that revokes', async () => {
    const { api_key_id } = await acme.koltrix.account.get();
    const response = await acme.fetch(`/api-keys/${api_key_id}`, { method: 'DELETE' });
    await expectProblem(response, { status: 409, code: 'invalid-state' });
    expect((await acme.fetch('/account')).status).toBe(200);
  });
});

test('a key of one scope cannot get or make one of a wider scope', async () => {
  const before = await footprint(koltrix, acme.id);
  const keys = [await acme.keyWith('send'), await acme.keyWith('read')];
  const prints = await footprint(koltrix, acme.id);
  expect(prints).not.toEqual(before);
  for (const key of keys) {
    for (const [method, path] of [
      ['GET', '/api-keys'],
      ['POST', '/api-keys'],
      ['DELETE', `/api-keys/${(await acme.koltrix.account.get()).api_key_id}`],
    ] as const) {
      const body = method === 'POST' ? JSON.stringify({ name: 'mine', scope: 'full' }) : null;
      const response = await acme.fetch(path, { method, key, body, headers: { 'content-type': 'application/json' } });
      await expectProblem(response, { status: 403, code: 'forbidden' });
    }
  }
  expect(await footprint(koltrix, acme.id)).toEqual(prints);
});

test('a key that may read cannot write, and one that may send cannot read', async () => {
  const [send, read] = [await acme.keyWith('send'), await acme.keyWith('read')];
  const post = { method: 'POST', body: JSON.stringify(goodMail), headers: { 'content-type': 'application/json' } };
  expect((await acme.fetch('/emails', { ...post, key: send })).status).toBe(202);
  const { detail } = await expectProblem(await acme.fetch('/emails', { ...post, key: read }), {
    status: 403,
    code: 'forbidden',
  });
  expect(detail).toMatch(/`send` or `full`.*read/);
  const lists = operations.filter(
    ({ method, scope, path }) => method === 'GET' && scope === 'read' && !path.includes('{'),
  );
  expect(lists.length).toBeGreaterThan(4);
  for (const { path } of lists) {
    await expectProblem(await acme.fetch(path, { key: send }), { status: 403, code: 'forbidden' });
  }
});

test.each([
  ['no name', {}, '/name'],
  ['an empty name', { name: '' }, '/name'],
  ['a name of 101 characters', { name: 'x'.repeat(101) }, '/name'],
  ['a line break in the name', { name: 'a\nb' }, '/name'],
  ['an unknown scope', { name: 'a', scope: 'admin' }, '/scope'],
  ['another tenant', { name: 'a', tenant_id: 'ten_01k9zq7d8ye2wbn5w0c8v7x3mg' }, '/tenant_id'],
  ['a key of its own', { name: 'a', key: 'kx_mine_mine_mine_mine' }, '/key'],
])('a key cannot be created with %s', async (_, body, pointer) => {
  const before = await footprint(koltrix, acme.id);
  const init = { method: 'POST', body: JSON.stringify(body), headers: { 'content-type': 'application/json' } };
  await expectProblem(await acme.fetch('/api-keys', init), { status: 400, code: 'invalid-request', pointer });
  expect(await footprint(koltrix, acme.id)).toEqual(before);
});
