import { afterAll, beforeAll, expect, test } from 'vitest';
import { checkContract } from '../../../sdk/src/contract/index.ts';
import contract from '../../../server/generated/openapi.gen.json' with { type: 'json' };
import { type FaultyProxy, givenFaultyProxy } from '../../support/faulty-proxy.ts';
import { givenKoltrix, type Installation } from '../../support/koltrix.ts';
import type { Tenant } from '../../support/tenant.ts';
import { type Keys, planted } from './planted/index.ts';

let koltrix: Installation;
let acme: Tenant;
let umbrella: Tenant;
let proxy: FaultyProxy;
// Filled in before the first test runs; the faults look at them when a request comes.
const keys: Keys = { own: '', stranger: '' };
beforeAll(async () => {
  koltrix = await givenKoltrix();
  [acme, umbrella] = [await koltrix.tenant(), await koltrix.tenant()];
  proxy = await givenFaultyProxy(koltrix.url);
  // The log, the lists and the captured mail must have something to show.
  const to = ['delivered@simulator.test'];
  for (let n = 0; n < 3; n++)
    await acme.koltrix.emails.send({ from: 'a@simulator.test', to, subject: `No ${n}`, body_text: 'x' });
});
afterAll(async () => {
  await proxy[Symbol.asyncDispose]();
  await koltrix[Symbol.asyncDispose]();
});

/** What the kit says, in short: the operation or the path, and the rule. */
async function told(only: string[]): Promise<{ rules: string[]; words: string }> {
  const report = await checkContract({
    spec: contract,
    baseUrl: proxy.url,
    key: acme.key,
    strangerKey: umbrella.key,
    only,
    rate: 10_000,
  });
  const failed = report.operations.flatMap(({ id, checks }) =>
    checks.flatMap(({ rule, name, faults }) => faults.map(({ message }) => ({ rule: `${id} ${rule}`, name, message }))),
  );
  return { rules: [...new Set(failed.map(({ rule }) => rule))], words: JSON.stringify(failed, null, 1) };
}

const names = planted(keys).map(({ what }, i) => [what, i] as const);

test.each(names)('%s is found, named, and nothing else is reported', async (_what, i) => {
  Object.assign(keys, { own: acme.key, stranger: umbrella.key });
  const plan = planted(keys)[i];
  if (!plan) throw new Error('no such fault');
  proxy.plant(plan.fault);
  const { rules, words } = await told(plan.only);
  expect(rules, words).toEqual(plan.found);
});

test('through the proxy without a fault nothing is reported', async () => {
  proxy.plant((_seen, forward) => forward());
  const only = new Set(planted(keys).flatMap((plan) => plan.only));
  expect((await told([...only])).words).toBe('[]');
});
