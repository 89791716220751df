import { itemOf, type Operation, pathParameters } from '../spec/contract.ts';
import { nameOf, type Parameter } from '../spec/document.ts';
import { firstForm } from '../spec/flatten.ts';
import { type Bound, fill } from './bound.ts';
import type { Exchange } from './client.ts';
import { type ComeByDeps, comeBy } from './come-by.ts';
import { namesHeader } from './identity.ts';
import { itemsIn } from './json.ts';
import type { Missing } from './requests.ts';

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

/** What is known of the server's things so far. */
interface Knowledge {
  /** Path values that were come by, or are being, by what they are for. */
  found: Map<string, Promise<string | Missing>>;
  /** Ids of things that are there, by the name of their schema. */
  ids: Map<string, string>;
  used_key: string | undefined;
}

type Deps = Omit<ComeByDeps, 'bind'>;

export function findThings(deps: Deps): Things {
  const { document } = deps.contract;
  const known: Knowledge = { found: new Map(), ids: new Map(), used_key: undefined };
  return {
    bind: (operation, whose = {}) => bind(deps, known, operation, whose),
    known: (schema_name) => known.ids.get(schema_name),
    keyUsed(key) {
      known.used_key = key;
    },
    notice({ call: { operation }, status, json }) {
      const item = operation && status === 200 && itemOf(document, operation);
      const schema_name = item && nameOf(firstForm(document, item).properties?.id?.$ref);
      const id = itemsIn(json)[0]?.id;
      if (schema_name && typeof id === 'string' && !known.ids.has(schema_name)) known.ids.set(schema_name, id);
    },
  };
}

async function bind(deps: Deps, known: Knowledge, operation: Operation, whose: Whose): Promise<Bound | Missing> {
  const values: Record<string, string> = {};
  for (const parameter of pathParameters(operation)) {
    const value = await idFor(deps, known, operation, parameter, values, whose);
    if (typeof value !== 'string') return value;
    values[parameter.name] = value;
    const schema_name = nameOf(parameter.schema?.$ref);
    if (schema_name && whose.owner === undefined) known.ids.set(schema_name, value);
  }
  return { path: fill(operation.path, values), values };
}

/** @param before - the values of the parameters that stand before it in the path */
async function idFor(
  deps: Deps,
  known: Knowledge,
  operation: Operation,
  parameter: Parameter,
  before: Record<string, string>,
  { owner, variant }: Whose,
): Promise<string | Missing> {
  const prefix = operation.path.slice(0, operation.path.indexOf(`/{${parameter.name}}`));
  if (namesHeader(deps.contract.operations, prefix))
    return known.used_key ?? { missing: 'no request with such a key has succeeded' };
  const isLast = !operation.path.slice(prefix.length + 1).includes('/{');
  // Only the thing itself is changed; what it belongs to serves for all.
  const name = [prefix, parameter.name, ...(isLast ? [owner, variant] : []), JSON.stringify(before)].join(' ');
  const found =
    known.found.get(name) ??
    comeBy(
      { ...deps, bind: (maker) => bind(deps, known, maker, {}) },
      {
        parameter,
        prefix,
        values: { ...before },
        asker: operation,
        is_own: isLast && owner !== undefined,
        variant: (isLast && variant) || 0,
      },
    );
  known.found.set(name, found);
  return found;
}
