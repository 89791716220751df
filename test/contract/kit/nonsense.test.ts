import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createMockKoltrix } from 'koltrix/testing';
import { describe, expect, test } from 'vitest';
import { CannotCheck, type ContractOptions, checkContract } from '../../../sdk/src/contract/index.ts';
import contract from '../../../server/generated/openapi.gen.json' with { type: 'json' };

const check = (options: Partial<ContractOptions>) =>
  checkContract({ spec: contract, baseUrl: 'http://127.0.0.1:8025', key: 'kx_any_key', rate: 1_000_000, ...options });

describe('a server that answers nonsense is judged rather than stumbled over', () => {
  const only = ['getAccount', 'sendEmail', 'sendEmailBatch', 'listEmails', 'createSuppression', 'streamEvents'];

  test.each([
    'null',
    '5',
    '{"data":null,"errors":null,"limits":null}',
    '{"data":[null,5],"errors":[null,{"pointer":null}]}',
    '{"code":5,"type":5,"instance":5,"key":5}',
    '{"data":"text","errors":"text","next_cursor":5}',
  ])('%s', async (json) => {
    for (const status of [200, 400]) {
      const fetch = async () => Response.json(JSON.parse(json), { status });
      const report = await check({ fetch, only });
      expect(report.complete).toBe(true);
      expect(report.summary.failed).toBeGreaterThan(0);
    }
  });
});

describe('the time that it is given is kept', () => {
  async function givenServer(listener: RequestListener) {
    const server = createServer(listener).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    return {
      url: `http://127.0.0.1:${port}`,
      [Symbol.asyncDispose]: async () => {
        server.closeAllConnections();
        server.close();
      },
    };
  }

  test.each<[string, RequestListener]>([
    ['never answers', () => {}],
    [
      'never ends its answer',
      (_, response) => {
        response.writeHead(200, { 'content-type': 'application/json' }).write('{"data":[');
      },
    ],
  ])('by a server that %s', async (_, listener) => {
    await using server = await givenServer(listener);
    const { complete, reason, left_behind, duration_ms } = await check({ baseUrl: server.url, maxDuration: 1 });
    expect({ complete, reason, left_behind }).toEqual({
      complete: false,
      reason: expect.stringContaining('--max-duration'),
      left_behind: [],
    });
    expect(duration_ms).toBeLessThan(20_000);
  });

  test('and a server that hangs up is not waited for', async () => {
    await using server = await givenServer((request) => request.socket.destroy());
    await expect(check({ baseUrl: server.url })).rejects.toThrow(CannotCheck);
  });
});

test('settings of the account are as before when it ends', async () => {
  const mock = createMockKoltrix();
  const before = await mock.client().account.update({ track_opens: false, track_clicks: true });
  const report = await check({ fetch: mock.fetch, only: ['updateAccount'] });
  expect(mock.requests.map(({ body }) => body)).toContainEqual({ track_opens: true });
  expect(report.left_behind).toEqual([]);
  expect(await mock.client().account.get()).toEqual(before);
});

test('behind a proxy that takes a prefix off the path nothing else is reported', async () => {
  const mock = createMockKoltrix({ apiKey: 'kx_the_only_key' });
  const behind = (input: RequestInfo | URL, init?: RequestInit) => {
    const url = new URL(String(input));
    expect(url.pathname).toMatch(/^\/mail\//);
    url.pathname = url.pathname.slice('/mail'.length);
    return mock.fetch(url, init);
  };
  const report = await check({
    baseUrl: 'http://127.0.0.1:8025/mail',
    key: 'kx_the_only_key',
    fetch: behind,
    only: ['getAccount', 'sendEmail', 'getEmail'],
  });
  expect(report.summary).toMatchObject({ failed: 0 });
});
