import type { Scope } from 'koltrix';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { routes } from '../../server/generated/handlers.gen.ts';
import { type ContractOperation, expectAnswer, expectProblem, operations } from '../support/contract.ts';
import { type Furniture, fill, furnish, nobodys } from '../support/furnish.ts';
import { serverTest } from '../support/host.ts';
import { givenKoltrix, type Installation } from '../support/koltrix.ts';
import type { Tenant } from '../support/tenant.ts';

/** The day of the contract's examples, so that their times are ahead. */
const EPOCH_MS = Date.parse('2026-11-22T08:00:00Z');
const started_ms = Date.now();
const now = () => new Date(EPOCH_MS + Date.now() - started_ms);
const scopes: Scope[] = ['full', 'send', 'read'];

let koltrix: Installation;
let acme: Tenant;
let things: Furniture;
let keys: Record<Scope, string>;
beforeAll(async () => {
  koltrix = await givenKoltrix({ now });
  acme = await koltrix.tenant();
  things = await furnish(acme, now());
  keys = { full: acme.key, send: await acme.keyWith('send'), read: await acme.keyWith('read') };
});
afterAll(() => koltrix[Symbol.asyncDispose]());

/** Required query parameters, and what makes the answer of a waiting or endless operation come at once. */
const queries: Record<string, string> = { sendRawEmail: '?mail_from=hello@acme.example&rcpt_to=ada@example.com' };

function request(operation: ContractOperation, body?: unknown, furniture = things) {
  const { id, method, path, consumes } = operation;
  const content = body === undefined || consumes === undefined ? undefined : asBytes(consumes, body);
  return {
    url: fill(path, furniture) + (queries[id] ?? ''),
    init: { method, ...(content && consumes && { body: content, headers: { 'content-type': consumes } }) },
  };
}

function asBytes(media: string, body: unknown): string {
  return media === 'application/json' ? JSON.stringify(body) : String(body);
}

serverTest('the contract’s operations and the routes that are mounted are the same', () => {
  expect(operations.map(({ id }) => id).sort()).toEqual(routes.map(({ operation }) => operation).sort());
  expect(operations.length).toBeGreaterThan(25);
});

describe.each(operations)('$method $path', (operation) => {
  test('is there, and asks who calls', async () => {
    const { url, init } = request(operation);
    for (const headers of [{}, { authorization: 'Bearer kx_0000000000000000000000000000' }]) {
      const response = await fetch(`${acme.url}/api/v2${url}`, { ...init, headers });
      expect(response.headers.get('www-authenticate')).toBe('Bearer');
      expect(response.headers.get('ratelimit')).toMatch(/^"default";r=\d+;t=\d+$/);
      await expectProblem(response, { status: 401, code: 'unauthenticated' });
    }
  });

  test.each(scopes)('takes or refuses the scope %s as documented', async (scope) => {
    // Without a body and with an id of nobody's, so that nothing happens when the scope is right.
    const { url, init } = request(operation, undefined, nobodys(things));
    const response = await acme.fetch(url, { ...init, key: keys[scope] });
    if (operation.scope === 'any' || scope === 'full' || scope === operation.scope) {
      expect([401, 403, 405]).not.toContain(response.status);
      await response.body?.cancel();
    } else {
      const { detail } = await expectProblem(response, { status: 403, code: 'forbidden' });
      expect(detail).toContain(`\`${operation.scope}\``);
      expect(detail).toContain(scope);
    }
  });
});

// Each has a tenant of its own to furnish, which takes a while: they wait together.
describe.concurrent('a documented request', () => {
  const requests = operations
    .filter(({ id }) => id !== 'streamEvents')
    .flatMap((operation) => {
      const examples: [string, unknown][] = operation.examples.length ? operation.examples : [['bare', undefined]];
      return examples.map(([example, body]) => ({ id: operation.id, operation, example, body }));
    });

  test.each(requests)('of $id ($example) succeeds with the documented answer', async ({ operation, body }) => {
    const owner = await koltrix.tenant();
    const { url, init } = request(operation, body, await furnish(owner, now()));
    const response = await owner.fetch(url, init);
    const text = await expectAnswer(operation, response);
    expect(response.status, text).toBeLessThan(300);
    expect(response.headers.get('idempotent-replayed')).toBeNull();
  });

  // The second server on the same database serves to end the stream.
  serverTest('of streamEvents opens a stream that resumes behind an event', async () => {
    await using server = await givenKoltrix({ now, database: koltrix.database, env: { KOLTRIX_ROLES: 'api' } });
    const response = await fetch(`${server.url}/api/v2/events/stream`, {
      headers: { authorization: `Bearer ${acme.key}`, 'last-event-id': things.event_id },
    });
    expect([response.status, response.headers.get('content-type')]).toEqual([200, 'text/event-stream; charset=utf-8']);
    expect(response.headers.get('x-request-id')).toMatch(/^req_/);
    let text = '';
    for await (const chunk of response.body?.pipeThrough(new TextDecoderStream()) ?? []) {
      text += chunk;
      if (/^id: evt_\w+\nevent: email\.\w+\ndata: \{.+\}\n\n/m.test(text)) break;
    }
    expect(text).toContain('event: email.');
  });

  test.each(operations.filter(({ path }) => path.includes('{')))(
    'of $id for a thing that is not there is answered with not-found',
    async (operation) => {
      const body = operation.examples[0]?.[1];
      const { url, init } = request(operation, body, nobodys(things));
      await expectProblem(await acme.fetch(url, init), { status: 404, code: 'not-found' });
    },
  );
});
