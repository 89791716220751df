import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  CannotCheck,
  type ContractOptions,
  type ContractReport,
  checkContract,
} from '../../../sdk/src/contract/index.ts';
import contract from '../../../server/generated/openapi.gen.json' with { type: 'json' };
import { type FaultyProxy, givenFaultyProxy, type Seen } from '../../support/faulty-proxy.ts';
import { freePort } from '../../support/free-port.ts';
import { givenKoltrix, type Installation } from '../../support/koltrix.ts';
import type { Tenant } from '../../support/tenant.ts';
import { refused, where } from './faults.ts';

let koltrix: Installation;
let proxy: FaultyProxy;
let acme: Tenant;
let umbrella: Tenant;
beforeAll(async () => {
  koltrix = await givenKoltrix();
  [acme, umbrella] = [await koltrix.tenant(), await koltrix.tenant()];
  proxy = await givenFaultyProxy(koltrix.url);
});
afterAll(async () => {
  await proxy[Symbol.asyncDispose]();
  await koltrix[Symbol.asyncDispose]();
});

const check = (options: Partial<ContractOptions> = {}) =>
  checkContract({ spec: contract, baseUrl: proxy.url, key: acme.key, rate: 10_000, ...options });

const checksOf = (report: ContractReport) =>
  report.operations.flatMap(({ id, checks }) => checks.map((one) => ({ id, ...one })));
const reasonsIn = (report: ContractReport) => [
  ...new Set(checksOf(report).flatMap(({ outcome, reason }) => (outcome === 'skipped' ? [reason] : []))),
];

/** What a tenant has that does not pass by itself. */
const standing = async ({ koltrix: sdk }: Tenant) => ({
  webhooks: (await sdk.webhooks.list()).data.map(({ id }) => id),
  suppressions: (await sdk.suppressions.list()).data.map(({ address }) => address),
  domains: (await sdk.domains.list()).data.map(({ id }) => id),
  keys: (await sdk.apiKeys.list({ limit: 100 })).data.filter((key) => key.revoked_at === null).map(({ id }) => id),
  scheduled: (await sdk.emails.list({ status: 'scheduled' })).data.map(({ id }) => id),
});

describe('the real server', () => {
  let report: ContractReport;
  const seen: Seen[] = [];
  let before: Awaited<ReturnType<typeof standing>>;
  beforeAll(async () => {
    before = await standing(acme);
    proxy.plant((request, forward) => {
      if (request.body.length < 100_000) seen.push(request);
      return forward();
    });
    report = await check({ strangerKey: umbrella.key });
  }, 180_000);

  test('passes every check', () => {
    const failed = checksOf(report).filter(({ outcome }) => outcome === 'failed');
    expect(failed.map(({ id, rule, name, faults }) => [id, rule, name, faults[0]?.message])).toEqual([]);
    expect(report).toMatchObject({ complete: true, left_behind: [], contract: { version: contract.info.version } });
    expect(report.summary.passed).toBeGreaterThan(1_500);
  });

  test('is asked about every operation, and by every rule where it applies', () => {
    const ids = Object.values(contract.paths).flatMap((item) => Object.values(item).map((o) => o.operationId));
    for (const id of ids) {
      const rules = new Set(report.operations.find((operation) => operation.id === id)?.checks.map(({ rule }) => rule));
      expect([...rules], id).toEqual(
        expect.arrayContaining(['status', 'headers', 'schema', 'authentication', 'scope']),
      );
    }
    const rules = new Set(checksOf(report).map(({ rule }) => rule));
    expect([...rules].sort()).toEqual(
      [
        ...['connection', 'status', 'headers', 'content-type', 'schema', 'undocumented-field', 'problem', 'timestamp'],
        ...['server-error', 'example', 'valid', 'invalid', 'pointer', 'authentication', 'scope', 'idempotency'],
        ...['pagination', 'not-found', 'tenancy', 'method', 'media-type', 'size', 'stream'],
      ].sort(),
    );
  });

  test('leaves nothing out but what the contract gives no way to', () => {
    // Reports come from other servers, and one email is tried once.
    const skipped = checksOf(report).filter(({ outcome }) => outcome === 'skipped');
    expect(skipped.filter(({ id }) => !/Reports?(Source)?$|^listEmailAttempts$/.test(id))).toEqual([]);
    expect(skipped.length).toBeLessThan(20);
  });

  test('gets mail for nobody but the simulator', () => {
    expect(seen.length).toBeGreaterThan(1_000);
    const texts = seen.map(
      ({ body, query, path }) => `${Buffer.from(body, 'latin1')} ${query} ${decodeURIComponent(path)}`,
    );
    const domains = texts.flatMap((text) =>
      [...text.replaceAll('%40', '@').matchAll(/@([\w-]+(\.[\w-]+)+)/g)].map(([, domain]) => domain),
    );
    expect(domains.length).toBeGreaterThan(200);
    expect(new Set(domains)).toEqual(new Set(['simulator.test']));
  });

  test('is left as it was found', async () => {
    expect(await standing(acme)).toEqual(before);
  });

  test('has no key in its report, neither ours nor those that were made', () => {
    expect(JSON.stringify(report)).not.toMatch(/kx_[\w-]{8}|whsec_[\w+/]{8}/);
  });
});

describe('a check', () => {
  test('says of what it cannot do why', async () => {
    proxy.plant((_seen, forward) => forward());
    const report = await check({ key: await acme.keyWith('read'), only: ['getEmail', 'listEmails', 'getAccount'] });
    expect(report.summary.failed).toBe(0);
    expect(reasonsIn(report).join('\n')).toMatch(/a key of full scope is needed to make keys of the others/);
    expect(reasonsIn(report).join('\n')).toMatch(/second tenant’s key is needed/);
  });

  test('stops when its time is up, and takes away what it has made', async () => {
    const before = await standing(acme);
    const report = await check({ maxDuration: 1, rate: 100 });
    expect(report).toMatchObject({ complete: false, reason: expect.stringContaining('time was up'), left_behind: [] });
    expect(await standing(acme)).toEqual(before);
  });

  test('takes away what is made only after its time was up', async () => {
    const before = await standing(acme);
    let late = 0;
    proxy.plant(async (seen, forward) => {
      if (seen.method === 'POST') {
        await new Promise((resolve) => setTimeout(resolve, 2_000));
        late++;
      }
      return forward();
    });
    const report = await check({ only: ['createWebhook'], maxDuration: 1 });
    expect(report).toMatchObject({ complete: false, reason: expect.stringContaining('time was up'), left_behind: [] });
    expect(late).toBeGreaterThan(0);
    expect(await standing(acme)).toEqual(before);
    proxy.plant((_seen, forward) => forward());
  });

  test('stops when it is told to, and takes away what it has made', async () => {
    const before = await standing(acme);
    const controller = new AbortController();
    const report = await check({
      only: ['createSuppression', 'createWebhook'],
      signal: controller.signal,
      onProgress: (_operation, done) => done === 1 && controller.abort(),
    });
    expect(report).toMatchObject({ complete: false, reason: 'it was interrupted', left_behind: [] });
    expect(await standing(acme)).toEqual(before);
  });

  test('sends no more requests in a second than it may, and waits when it is asked to', async () => {
    const times: number[] = [];
    const asked: number[] = [];
    let refusals = 2;
    proxy.plant(async (seen, forward) => {
      const at_ms = Date.now();
      const answer = await forward();
      // One that met a connection just being closed is sent again at once, and was never answered.
      times.push(at_ms);
      if (seen.path === '/account') asked.push(at_ms);
      if (seen.path !== '/account' || refusals-- <= 0) return answer;
      const problem = {
        type: '/problems/rate-limited',
        title: 'Too many',
        status: 429,
        code: 'rate-limited',
        detail: 'Wait.',
      };
      const request_id = answer.headers['x-request-id'];
      return {
        status: 429,
        headers: { ...answer.headers, 'content-type': 'application/problem+json', 'retry-after': '1' },
        body: JSON.stringify({ ...problem, instance: '/api/v2/account', request_id, retryable: true }),
      };
    });
    const report = await check({ only: ['getAccount'], rate: 20 });
    expect(report).toMatchObject({ complete: true, summary: { failed: 0 } });
    expect((asked[1] ?? 0) - (asked[0] ?? 0)).toBeGreaterThanOrEqual(1_000);
    const gaps = times.slice(1).map((time, i) => time - (times[i] ?? 0));
    expect(times.length).toBeGreaterThan(15);
    expect(gaps.reduce((sum, gap) => sum + gap, 0) / gaps.length).toBeGreaterThan(45);
  });

  test('does not begin where nobody is, or where the key is refused', async () => {
    proxy.plant((_seen, forward) => forward());
    await expect(check({ key: 'kx_nobodys_key_0000000000' })).rejects.toThrow(CannotCheck);
    await expect(check({ baseUrl: `http://127.0.0.1:${await freePort()}` })).rejects.toThrow('cannot be reached');
    await expect(check({ only: ['sendEmails'] })).rejects.toThrow('no operation sendEmails');
    await expect(check({ spec: { swagger: '2.0' } })).rejects.toThrow('no OpenAPI 3.1');
  });

  test('asks for a sender where the domain must be verified', async () => {
    proxy.plant(
      where(
        (seen) => seen.path === '/emails' && seen.method === 'POST' && seen.body.includes('contract@simulator.test'),
        (seen, forward) => refused(seen, forward, 403, 'domain-not-verified'),
      ),
    );
    await expect(check({ only: ['sendEmail', 'getEmail'] })).rejects.toThrow('--from');
    const report = await check({ only: ['sendEmail', 'getEmail'], from: 'kit@verified.example' });
    expect(report).toMatchObject({ complete: true, summary: { failed: 0 } });
  });
});
