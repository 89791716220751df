import { type Contract, itemOf, type Operation, pathParameters } from '../spec/contract.ts';
import type { Parameter } from '../spec/document.ts';
import type { Sampling } from '../values/sampling.ts';
import { type Bound, fill } from './bound.ts';
import { type Client, pause } from './client.ts';
import { identityIn, type Maker, makersOf } from './identity.ts';
import { itemsIn, memberOf } from './json.ts';
import { type Missing, prepare } from './requests.ts';

export interface ComeByDeps {
  contract: Contract;
  client: Client;
  sampling(): Sampling;
  /** Fills in the path of an operation that makes what another one needs. */
  bind(operation: Operation): Promise<Bound | Missing>;
}

export interface Wanted {
  parameter: Parameter;
  /** The path before it. */
  prefix: string;
  /** Of the parameters in that. */
  values: Record<string, string>;
  /** The operation that needs it. */
  asker: Operation;
  /** It will be changed, so it has to be one of our own. */
  is_own: boolean;
  /** Which documented example it is made by. */
  variant: number;
}

const WAIT_MS = 10_000;

/** The id of a thing that is made for the purpose, or else of one that a list shows. */
export async function comeBy(deps: ComeByDeps, wanted: Wanted): Promise<string | Missing> {
  const { contract } = deps;
  const { parameter, prefix, values } = wanted;
  const makers = makersOf(contract, parameter, prefix, wanted.asker.id);
  let last: Missing = { missing: `the contract has no way to come to a ${parameter.name}` };
  for (const maker of makers) {
    const made = await make(deps, maker, wanted.variant, values);
    if (typeof made === 'string') return made;
    last = made;
  }
  // What a list shows may be anybody's: it is looked at, and never changed in the place of one of our own.
  if (wanted.is_own && makers.length) return last;
  const list = contract.operations.find(({ method, path }) => method === 'GET' && path === prefix);
  const item = list && itemOf(contract.document, list);
  const property = item && identityIn(contract, item, parameter);
  return list && property ? firstOf(deps, list, property, values) : last;
}

async function make(
  { client, sampling, bind }: ComeByDeps,
  { maker, property }: Maker,
  variant: number,
  values: Record<string, string>,
): Promise<string | Missing> {
  const missing = pathParameters(maker).filter(({ name }) => values[name] === undefined);
  const bound = missing.length ? await bind(maker) : { path: fill(maker.path, values), values };
  if ('missing' in bound) return bound;
  const examples = Math.max(1, maker.body?.examples.length ?? 0);
  const prepared = prepare(sampling(), maker, bound, { example: variant % examples });
  if ('missing' in prepared) return prepared;
  const { status, json } = await client.send(prepared.call);
  const value = memberOf(json, property);
  if (status >= 300 || typeof value !== 'string')
    return { missing: `${maker.id}, which makes one, was answered ${status}` };
  return value;
}

/** Some things come by themselves a moment after what causes them. */
async function firstOf(
  { client }: ComeByDeps,
  list: Operation,
  property: string,
  values: Record<string, string>,
): Promise<string | Missing> {
  const until_ms = Date.now() + WAIT_MS;
  for (;;) {
    const call = { operation: list, method: list.method, path: fill(list.path, values) };
    const { status, json } = await client.send(call);
    const value = itemsIn(json)[0]?.[property];
    if (typeof value === 'string') return value;
    if (status !== 200 || Date.now() > until_ms)
      return { missing: `${list.id} lists none (it was answered ${status})` };
    await pause(500);
  }
}
