import { type Contract, type Operation, successOf } from '../spec/contract.ts';
import { firstForm } from '../spec/flatten.ts';
import type { Sampling } from '../values/sampling.ts';
import type { Client } from './client.ts';
import { memberOf } from './json.ts';
import { type Missing, prepare, withBody } from './requests.ts';

/** A key of each scope that the contract knows, made by the operation that makes keys. Cleaning up revokes them. */
export async function makeKeys(
  contract: Contract,
  client: Client,
  sampling: () => Sampling,
): Promise<Map<string, string> | Missing> {
  const scopes = new Set(
    contract.operations.map(({ scope }) => scope).filter((scope) => scope !== undefined && scope !== 'any'),
  );
  const found = makerOf(contract, [...scopes] as string[]);
  if (!found) return { missing: 'the contract has no operation that makes keys of these scopes' };
  const keys = new Map<string, string>();
  for (const scope of found.scopes) {
    const prepared = prepare(sampling(), found.maker, { path: found.maker.path, values: {} });
    if ('missing' in prepared) return prepared;
    const exchange = await client.send(
      withBody(prepared.call, { ...(prepared.body as object), [found.property]: scope }),
    );
    const key = memberOf(exchange.json, 'key');
    if (exchange.status === 403) return { missing: 'a key of full scope is needed to make keys of the others' };
    if (typeof key !== 'string') return { missing: `${found.maker.id} was answered ${exchange.status}` };
    keys.set(scope, key);
  }
  return keys;
}

function makerOf(
  { document, operations }: Contract,
  scopes: string[],
): { maker: Operation; property: string; scopes: string[] } | undefined {
  for (const maker of operations) {
    const answer = successOf(maker)?.schema;
    if (maker.method !== 'POST' || !maker.body || maker.path.includes('{') || !answer) continue;
    if (!firstForm(document, answer).properties?.key) continue;
    for (const [property, schema] of Object.entries(firstForm(document, maker.body.schema).properties ?? {})) {
      const values = (firstForm(document, schema).enum ?? []) as string[];
      if (scopes.length && scopes.every((scope) => values.includes(scope))) return { maker, property, scopes: values };
    }
  }
  return undefined;
}
