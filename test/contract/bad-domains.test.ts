import { expect, test } from 'vitest';
import { rows } from '../support/database.ts';
import { type Careless, givenCareless } from '../support/refusal.ts';
import { givenWorld } from '../support/world.ts';

let careless: Careless;
givenWorld(async (stack) => {
  careless = stack.use(await givenCareless());
});

const invalid = { status: 400, code: 'invalid-request' as const };
const conflict = { status: 409, code: 'invalid-state' as const };

test.each([
  ['nothing', '', '/name', /./],
  ['an address', 'hello@acme.example', '/name', /email address/],
  ['a URL', 'https://acme.example/', '/name', /URL/],
  ['a port', 'acme.example:25', '/name', /port/],
  ['a wildcard', '*.acme.example', '/name', /wildcard/],
  ['an IP address', '192.0.2.1', '/name', /IP address/],
  ['a public suffix', 'co.uk', '/name', /public suffix/],
  ['a single label', 'localhost', '/name', /dot/],
  ['a line break', 'acme.example\r\nX: y', '/name', /not a domain name/],
  ['256 characters', `${'a'.repeat(250)}.local`, '/name', /./],
  ['a number', 1, '/name', /string/],
])('a domain cannot be added by the name of %s', async (_, name, pointer, says) => {
  await careless.refusedJson('/domains', { name }, { ...invalid, pointer, says });
});

test('a domain cannot be added without a name, or with what is the server’s business', async () => {
  await careless.refusedJson('/domains', {}, { ...invalid, pointer: '/name' });
  await careless.refusedJson('/domains', { name: 'a.example', status: 'verified' }, { ...invalid, pointer: '/status' });
  await careless.refusedJson('/domains', { name: 'a.example', selector: 'mine' }, { ...invalid, pointer: '/selector' });
});

test('a domain is added once, in whatever form it is written', async () => {
  expect((await careless.post('/domains', { name: 'bücher.example' })).status).toBe(201);
  for (const name of ['bücher.example', 'BÜCHER.example.', 'xn--bcher-kva.example']) {
    await careless.refusedJson('/domains', { name }, { ...conflict, says: /among your domains already/ });
  }
});

test('ten requests at once add a domain once', async () => {
  const acme = await careless.koltrix.tenant();
  const body = JSON.stringify({ name: 'once.example' });
  const post = { method: 'POST', headers: { 'content-type': 'application/json' }, body };
  const answers = await Promise.all(Array.from({ length: 10 }, () => acme.fetch('/domains', post)));
  expect(answers.map(({ status }) => status).sort()).toEqual([201, ...Array(9).fill(409)]);
});

test('an account has at most 1,000 domains', async () => {
  const acme = await careless.koltrix.tenant();
  await rows(
    careless.koltrix.database.db,
    `insert into domains (id, tenant_id, name, status, due_at, created_at)
     select new_id(now()), $1, n || '.example', 'pending', now() + interval '1 day', now() from generate_series(1, 1000) n`,
    [acme.id],
  );
  await expect(acme.koltrix.domains.create({ name: 'one-more.example' })).rejects.toMatchObject({
    code: 'invalid-state',
  });
  const [first] = (await acme.koltrix.domains.list({ limit: 1 })).data;
  await acme.koltrix.domains.delete(first?.id as string);
  expect(await acme.koltrix.domains.create({ name: 'one-more.example' })).toMatchObject({ status: 'pending' });
});

test('the list pages through all domains, newest first', async () => {
  const acme = await careless.koltrix.tenant();
  for (const name of ['a.example', 'b.example', 'c.example']) await acme.koltrix.domains.create({ name });
  const names: string[] = [];
  for await (const domain of acme.koltrix.domains.list({ limit: 2 })) {
    names.push(domain.name);
    expect(domain.records.length).toBeGreaterThan(0);
  }
  expect(names).toEqual(['c.example', 'b.example', 'a.example']);
});
