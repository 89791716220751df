import { type Contract, itemOf, type Operation, pathParameters, successOf } from '../spec/contract.ts';
import { nameOf, type Parameter, type Schema } from '../spec/document.ts';
import { firstForm } from '../spec/flatten.ts';
import type { Sampling } from '../values/sampling.ts';
import { type Bound, fill } from './bound.ts';
import { type Client, type Exchange, pause } from './client.ts';
import { itemsIn, memberOf } from './json.ts';
import { type Missing, prepare } from './requests.ts';

export interface Whose {
  /** Operations that change a thing get one of their own: `owner` is their id. Undefined: one that is only looked at. */
  owner?: string;
  /** Which documented example the thing is made by. */
  variant?: number;
}

/** Things on the server that requests need: found or made as the contract says where ids come from. */
export interface Things {
  bind(operation: Operation, whose?: Whose): Promise<Bound | Missing>;
  /** The id of a thing that is there already, by the name of the id's schema. */
  known(schema_name: string): string | undefined;
  /** Remembers an idempotency key that stands for a request. */
  keyUsed(key: string): void;
  /** Remembers the ids that a list shows. */
  notice(exchange: Exchange): void;
}

interface ThingsDeps {
  contract: Contract;
  client: Client;
  sampling(): Sampling;
}

const WAIT_MS = 10_000;

export function findThings({ contract, client, sampling }: ThingsDeps): Things {
  const { document, operations } = contract;
  const cache = new Map<string, Promise<string | Missing>>();
  const ids = new Map<string, string>();
  let used_key: string | undefined;

  async function bind(operation: Operation, whose: Whose = {}): Promise<Bound | Missing> {
    const values: Record<string, string> = {};
    for (const parameter of pathParameters(operation)) {
      const prefix = operation.path.slice(0, operation.path.indexOf(`/{${parameter.name}}`));
      const isLast = !operation.path.slice(prefix.length + 1).includes('/{');
      // Only the thing itself is changed; what it belongs to serves for all.
      const name = [
        prefix,
        parameter.name,
        ...(isLast ? [whose.owner, whose.variant] : []),
        JSON.stringify(values),
      ].join(' ');
      const value = namesHeader(operations, prefix)
        ? (used_key ?? { missing: 'no request with such a key has succeeded' })
        : await remembered(name, () => find(parameter, prefix, { ...values }, isLast ? whose : {}, operation));
      if (typeof value !== 'string') return value;
      values[parameter.name] = value;
      const schema_name = nameOf(parameter.schema?.$ref);
      if (schema_name && whose.owner === undefined) ids.set(schema_name, value);
    }
    return { path: fill(operation.path, values), values };
  }

  function remembered(name: string, find: () => Promise<string | Missing>): Promise<string | Missing> {
    const found = cache.get(name) ?? find();
    cache.set(name, found);
    return found;
  }

  async function find(
    parameter: Parameter,
    prefix: string,
    values: Record<string, string>,
    whose: Whose,
    asker: Operation,
  ): Promise<string | Missing> {
    const makers = makersOf(parameter, prefix, asker);
    let last: Missing = { missing: `the contract has no way to come to a ${parameter.name}` };
    for (const { maker, property } of makers) {
      const made = await make(maker, property, whose.variant ?? 0, values);
      if (typeof made === 'string') return made;
      last = made;
    }
    // What a list shows may be anybody's: it is looked at, and never changed in the place of one of our own.
    if (whose.owner !== undefined && makers.length) return last;
    const list = operations.find(({ method, path }) => method === 'GET' && path === prefix);
    const item = list && itemOf(document, list);
    const property = item && identityIn(contract, item, parameter);
    return list && property ? firstOf(list, property, values) : last;
  }

  /** Operations whose answer holds such an id as its own: first the one at the collection itself. */
  function makersOf(parameter: Parameter, prefix: string, asker: Operation) {
    return operations
      .filter((o) => o.method === 'POST' && o.id !== asker.id && !o.path.includes(`{${parameter.name}}`))
      .flatMap((maker) => {
        const schema = successOf(maker)?.schema;
        const property = schema && identityIn(contract, schema, parameter);
        return property && (maker.path === prefix || parameter.schema?.$ref) ? [{ maker, property }] : [];
      })
      .sort((a, b) => Number(b.maker.path === prefix) - Number(a.maker.path === prefix));
  }

  async function make(
    maker: Operation,
    property: string,
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
  async function firstOf(list: Operation, property: string, values: Record<string, string>): Promise<string | Missing> {
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

  return {
    bind,
    known: (schema_name) => ids.get(schema_name),
    keyUsed(key) {
      used_key = key;
    },
    notice({ call: { operation }, status, json }) {
      const item = operation && status === 200 && itemOf(document, operation);
      const schema_name = item && nameOf(firstForm(document, item).properties?.id?.$ref);
      const id = itemsIn(json)[0]?.id;
      if (schema_name && typeof id === 'string' && !ids.has(schema_name)) ids.set(schema_name, id);
    },
  };
}

/** `/idempotency-keys/{key}` tells of what was sent in the header `Idempotency-Key`. */
export function namesHeader(operations: Operation[], prefix: string): boolean {
  const segment = prefix.split('/').at(-1) ?? '';
  return operations.some(({ parameters }) =>
    parameters.some((p) => p.in === 'header' && `${p.name.toLowerCase()}s` === segment),
  );
}

/** The property by which a value of this schema is known where the parameter stands in a path. */
export function identityIn(
  { document }: Pick<Contract, 'document'>,
  schema: Schema,
  { name, schema: own = {} }: Parameter,
): string | undefined {
  const { properties = {} } = firstForm(document, schema);
  const same = (property: string) => properties[property] !== undefined && properties[property].$ref === own.$ref;
  if (own.$ref && same('id')) return 'id';
  return same(name) ? name : undefined;
}
