import { createMockKoltrix } from 'koltrix/testing';
import { expect, test } from 'vitest';
import { checkContract } from '../../../sdk/src/contract/index.ts';
import { behaviours } from '../../../sdk/src/testing/operations/index.ts';
import contract from '../../../server/generated/openapi.gen.json' with { type: 'json' };

test('the mock keeps to the contract in all that it does, but takes every key', async () => {
  const mock = createMockKoltrix();
  const report = await checkContract({
    spec: contract,
    baseUrl: 'http://127.0.0.1:8025',
    key: 'kx_any_key_will_do',
    only: Object.keys(behaviours),
    rate: 1_000_000,
    fetch: mock.fetch,
  });
  const failed = report.operations.flatMap(({ id, checks }) =>
    checks
      .filter(
        ({ outcome, rule, name }) => outcome === 'failed' && !(rule === 'authentication' && name.includes('nobody')),
      )
      .map(({ rule, name, faults }) => [id, rule, name, faults[0]?.message]),
  );
  expect(failed).toEqual([]);
  expect(report.summary.passed).toBeGreaterThan(1_000);
}, 120_000);
