import { describe, expect, test } from 'vitest';
import { expectProblem } from '../support/contract.ts';
import { rows } from '../support/database.ts';
import { givenKoltrix } from '../support/koltrix.ts';
import { givenLog } from '../support/log.ts';
import { until } from '../support/until.ts';

const mail = { from: 'hello@acme.example', to: ['ada@example.test'], subject: 'Hello', body_text: 'Hi' };
const post = { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(mail) };

test('the type of a problem is a page that says what to do', async () => {
  await using koltrix = await givenKoltrix({ env: { KOLTRIX_ROLES: 'api' } });
  const acme = await koltrix.tenant();
  const { type, code, title } = await expectProblem(await acme.fetch('/emails?limit=0'), {
    status: 400,
    code: 'invalid-request',
  });
  const page = await fetch(new URL(type, koltrix.url));
  expect([page.status, page.headers.get('content-type')]).toEqual([200, 'text/html; charset=utf-8']);
  const words = await page.text();
  expect(words).toContain(code);
  expect(words).toContain(title);
});

describe('an internal error', () => {
  test('shows no internals to the caller and all of them to the log, under one request id', async () => {
    const log = givenLog();
    await using koltrix = await givenKoltrix({ env: { KOLTRIX_ROLES: 'api' }, log });
    const acme = await koltrix.tenant();
    await rows(koltrix.database.db, 'alter table suppressions rename to mislaid');
    const requests: [string, RequestInit][] = [
      ['/suppressions', {}],
      ['/suppressions/ada@example.test', {}],
      ['/emails', post],
      ['/emails', { ...post, headers: { ...post.headers, 'idempotency-key': 'later' } }],
    ];
    for (const [path, init] of requests) {
      const response = await acme.fetch(path, init);
      const problem = await expectProblem(response, { status: 500, code: 'internal-error' });
      expect(problem.retryable).toBe(true);
      expect(JSON.stringify({ ...problem, instance: '' })).not.toMatch(
        /suppressions|relation|42P01|select|stack|\.ts|node_modules|mislaid/,
      );
      const line = log.errors.find(({ fields }) => fields.request_id === problem.request_id);
      expect(line?.fields).toMatchObject({ method: init.method ?? 'GET', path: path.replace(/^/, '/api/v2') });
      expect((line?.fields.err as Error | undefined)?.stack).toContain('relation "suppressions" does not exist');
      expect(JSON.stringify(line)).not.toContain(acme.key);
    }
    await rows(koltrix.database.db, 'alter table mislaid rename to suppressions');
    const again = await acme.fetch('/emails', requests[3]?.[1]);
    expect([again.status, again.headers.get('idempotent-replayed')]).toEqual([202, null]);
  });

  test('is what becomes of an answer that breaks the contract, loudly', async () => {
    const log = givenLog();
    await using koltrix = await givenKoltrix({ env: { KOLTRIX_ROLES: 'api' }, log });
    const acme = await koltrix.tenant();
    const { id } = await acme.koltrix.emails.send(mail);
    await rows(koltrix.database.db, `update emails set tags = '{"a": 1}'`);
    const problem = await expectProblem(await acme.fetch(`/emails/${id}`), { status: 500, code: 'internal-error' });
    const line = log.errors.find(({ fields }) => fields.request_id === problem.request_id);
    expect(String(line?.fields.err)).toMatch(/tags\/a must be string/);
  });
});

test('while the database is away requests are answered 503 with Retry-After, and all is well when it is back', async () => {
  const log = givenLog();
  await using koltrix = await givenKoltrix({ env: { KOLTRIX_ROLES: 'api' }, log });
  await using admin = await givenKoltrix({ env: { KOLTRIX_ROLES: 'api' } });
  const acme = await koltrix.tenant();
  expect((await acme.fetch('/account')).status).toBe(200);
  const name = koltrix.database.connection.database as string;
  await rows(admin.database.db, `alter database ${name} allow_connections false`);
  const cut = () =>
    rows(admin.database.db, 'select pg_terminate_backend(pid) from pg_stat_activity where datname = $1', [name]);
  await cut();
  const keyed = { ...post, headers: { ...post.headers, 'idempotency-key': 'through-the-outage' } };
  for (const [path, init] of [
    ['/account', {}],
    ['/emails', {}],
    ['/emails', keyed],
    ['/suppressions/ada@example.test', {}],
    ['/webhooks', { ...post, body: JSON.stringify({ url: 'https://hooks.acme.example/' }) }],
    ['/events/stream', {}],
  ] as [string, RequestInit][]) {
    const response = await acme.fetch(path, init);
    expect(response.headers.get('retry-after')).toMatch(/^[1-9]\d*$/);
    expect((await expectProblem(response, { status: 503, code: 'unavailable' })).retryable).toBe(true);
  }
  // A key that is not remembered cannot be judged: that is no 401.
  const stranger = await acme.fetch('/account', { key: 'kx_not_known_to_anybody_yet' });
  await expectProblem(stranger, { status: 503, code: 'unavailable' });
  expect((await fetch(`${koltrix.url}/docs`)).status).toBe(200);
  await rows(admin.database.db, `alter database ${name} allow_connections true`);
  const back = await until(async () => {
    const response = await acme.fetch('/emails', keyed);
    return response.status === 202 && response;
  });
  const { id } = (await back.json()) as { id: string };
  expect((await acme.koltrix.emails.list()).data.map((email) => email.id)).toEqual([id]);
});
