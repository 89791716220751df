import { describe, expect, test } from 'vitest';
import { expectProblem } from '../support/contract.ts';
import { givenKoltrix, type Installation } from '../support/koltrix.ts';
import { goodMail } from '../support/refusal.ts';
import { until } from '../support/until.ts';

/** Windows that are longer than the test: what is used up stays so. */
const tight = { KOLTRIX_ROLES: 'api', KOLTRIX_RATE_LIMIT: '5/3600' };

async function statuses(ask: () => Promise<Response>, count: number): Promise<number[]> {
  const answers: number[] = [];
  for (let i = 0; i < count; i++) answers.push((await ask()).status);
  return answers;
}

const wrongKey = ({ url }: Installation) =>
  fetch(`${url}/api/v2/account`, { headers: { authorization: 'Bearer kx_wrong_wrong_wrong_wrong' } });

describe('a tenant’s requests', () => {
  test('are counted down on every answer and refused beyond the limit, with the time to wait', async () => {
    await using koltrix = await givenKoltrix({ env: tight });
    const acme = await koltrix.tenant();
    const post = { method: 'POST', headers: { 'content-type': 'application/json' } };
    const answers = [
      await acme.fetch('/account'),
      await acme.fetch('/emails?limit=0'),
      await acme.fetch('/api-keys', { key: await acme.keyWith('send') }),
      await acme.fetch('/suppressions/nobody@example.test'),
      await acme.fetch('/emails', { ...post, body: JSON.stringify(goodMail) }),
    ];
    expect(answers.map(({ status }) => status)).toEqual([200, 400, 403, 404, 202]);
    for (const [i, { headers }] of answers.entries()) {
      expect(headers.get('ratelimit-policy')).toBe('"default";q=5;w=3600');
      expect(headers.get('ratelimit')).toMatch(new RegExp(`^"default";r=${4 - i};t=3[56]\\d\\d$`));
    }
    const refused = await acme.fetch('/emails', { ...post, body: JSON.stringify(goodMail) });
    expect(refused.headers.get('ratelimit')).toMatch(/^"default";r=0;t=\d+$/);
    const wait_s = Number(refused.headers.get('retry-after'));
    expect(wait_s).toBeGreaterThan(3_500);
    expect(wait_s).toBeLessThanOrEqual(3_600);
    const { retryable, detail } = await expectProblem(refused, { status: 429, code: 'rate-limited' });
    expect([retryable, detail]).toEqual([true, expect.stringContaining('5 requests in 3600 s')]);
    await using other = await givenKoltrix({ env: { KOLTRIX_ROLES: 'api' }, database: koltrix.database });
    expect((await other.sdk(acme.key).emails.list()).data).toHaveLength(1);
  });

  test('are counted over all of its keys, and apart from other tenants’', async () => {
    await using koltrix = await givenKoltrix({ env: tight });
    const [acme, umbrella] = [await koltrix.tenant(), await koltrix.tenant()];
    const keys = [acme.key, await acme.keyWith('read'), await acme.keyWith('send')];
    for (let i = 0; i < 5; i++) await acme.fetch('/account', { key: keys[i % 3] as string });
    for (const key of keys) expect((await acme.fetch('/account', { key })).status).toBe(429);
    expect(await statuses(() => umbrella.fetch('/account'), 6)).toEqual([200, 200, 200, 200, 200, 429]);
  });

  test('are taken again when the window is over', async () => {
    await using koltrix = await givenKoltrix({ env: { KOLTRIX_ROLES: 'api', KOLTRIX_RATE_LIMIT: '3/1' } });
    const acme = await koltrix.tenant();
    const refused = await until(async () => {
      const answers = await Promise.all(Array.from({ length: 8 }, () => acme.fetch('/account')));
      return answers.find(({ status }) => status === 429);
    });
    expect(refused.headers.get('retry-after')).toBe('1');
    await until(async () => (await acme.fetch('/account')).status === 200);
  });

  test('reach the caller of the SDK in the end: it waits as long as it is told', async () => {
    await using koltrix = await givenKoltrix({ env: { KOLTRIX_ROLES: 'api', KOLTRIX_RATE_LIMIT: '10/1' } });
    const acme = await koltrix.tenant();
    const sent = await Promise.all(Array.from({ length: 15 }, () => acme.koltrix.emails.send(goodMail)));
    expect(new Set(sent.map(({ id }) => id)).size).toBe(15);
  });
});

describe('requests with wrong keys', () => {
  test('are limited by address, and slow nobody who has a right one', async () => {
    await using koltrix = await givenKoltrix({ env: tight });
    const acme = await koltrix.tenant();
    expect(await statuses(() => wrongKey(koltrix), 7)).toEqual([401, 401, 401, 401, 401, 429, 429]);
    const refused = await wrongKey(koltrix);
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(3_500);
    expect(refused.headers.get('ratelimit')).toMatch(/^"default";r=0;t=\d+$/);
    await expectProblem(refused, { status: 429, code: 'rate-limited' });
    expect((await fetch(`${koltrix.url}/api/v2/account`)).status).toBe(429);
    const answer = await acme.fetch('/account');
    expect([answer.status, answer.headers.get('ratelimit')?.split(';')[1]]).toEqual([200, 'r=4']);
  });

  test('do not use up a tenant’s quota, nor does a tenant’s use theirs', async () => {
    await using koltrix = await givenKoltrix({ env: tight });
    const acme = await koltrix.tenant();
    expect(await statuses(() => acme.fetch('/account'), 6)).toEqual([200, 200, 200, 200, 200, 429]);
    expect((await wrongKey(koltrix)).status).toBe(401);
  });
});

test('the account says which limit is in force', async () => {
  await using koltrix = await givenKoltrix({ env: tight });
  const { limits } = await (await koltrix.tenant()).koltrix.account.get();
  expect(limits).toMatchObject({ requests: 5, window_seconds: 3_600 });
});
