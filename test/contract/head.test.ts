import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { operations } from '../support/contract.ts';
import { type Furniture, fill, furnish, nobodys } from '../support/furnish.ts';
import { givenKoltrix, type Installation } from '../support/koltrix.ts';
import type { Tenant } from '../support/tenant.ts';

let koltrix: Installation;
let acme: Tenant;
let things: Furniture;
beforeAll(async () => {
  koltrix = await givenKoltrix();
  acme = await koltrix.tenant();
  things = await furnish(acme, new Date());
});
afterAll(() => koltrix[Symbol.asyncDispose]());

/** Long before a stream or a long poll would end. */
const soon = () => AbortSignal.timeout(8_000);
/** What is the same by either method; a length may be left out (RFC 9110, 9.3.2). */
const telling = ({ status, headers }: Response) => ({
  status,
  headers: ['content-type', 'content-disposition', 'cache-control', 'ratelimit-policy', 'www-authenticate'].map(
    (name) => headers.get(name),
  ),
});

describe.each(operations.filter(({ method }) => method === 'GET'))('HEAD $path', ({ path }) => {
  async function ask(url: string, method: string, key = acme.key): Promise<Response> {
    const response = await acme.fetch(url, { method, key, signal: soon() });
    if (method === 'HEAD') expect(await response.text()).toBe('');
    else await response.body?.cancel();
    expect(response.headers.get('x-request-id')).toMatch(/^req_/);
    return response;
  }

  test('answers as GET does, without its body', async () => {
    const url = fill(path, things);
    const head = await ask(url, 'HEAD');
    expect(head.status).toBe(200);
    expect(telling(head)).toEqual(telling(await ask(url, 'GET')));
  });

  test('refuses as GET does, without its words', async () => {
    const wrong: [url: string, key?: string][] = [
      [fill(path, nobodys(things)), 'kx_0000000000000000000000000000'],
      [`${fill(path, things)}?unknown=1`],
      ...(path.includes('{') ? [[fill(path, nobodys(things))] as [string]] : []),
    ];
    for (const [url, key] of wrong) {
      const head = await ask(url, 'HEAD', key);
      expect(head.status).toBeGreaterThanOrEqual(400);
      expect(telling(head)).toEqual(telling(await ask(url, 'GET', key)));
    }
  });
});

test('HEAD does not wait for mail that may yet come', async () => {
  const url = '/test/messages?to=nobody@example.test&wait=30';
  expect((await acme.fetch(url, { method: 'HEAD', signal: soon() })).status).toBe(200);
});
