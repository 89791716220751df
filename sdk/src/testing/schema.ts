import type { Fault } from '../generated/types.gen.ts';
import { formats } from './formats.ts';

/** A JSON Schema of the contract, without its words; a reference names its schema. */
export interface Schema {
  $ref?: string;
  type?: string | readonly string[];
  const?: unknown;
  enum?: readonly unknown[];
  allOf?: readonly Schema[];
  anyOf?: readonly Schema[];
  oneOf?: readonly Schema[];
  minLength?: number;
  maxLength?: number;
  pattern?: string;
  format?: string;
  minimum?: number;
  maximum?: number;
  items?: Schema;
  minItems?: number;
  maxItems?: number;
  uniqueItems?: boolean;
  properties?: Readonly<Record<string, Schema>>;
  required?: readonly string[];
  additionalProperties?: boolean | Schema;
  propertyNames?: Schema;
  minProperties?: number;
  maxProperties?: number;
}

export type Schemas = Readonly<Record<string, Schema>>;

/**
 * What is wrong with a value, each fault with its JSON pointer and in the server's words; nothing when all is well. It knows
 * the keywords that the contract uses for requests, and no others: the generator sees to that. It looks no further than
 * it is asked, since a large value can hold millions of faults.
 */
export function* faultsOf(schemas: Schemas, schema: Schema, value: unknown, pointer = ''): Faults {
  const check: Check = (s, v, at) => faultsOf(schemas, s, v, at);
  if (schema.$ref) {
    yield* check(schemas[schema.$ref] as Schema, value, pointer);
  } else if (schema.type && !isOfType(value, [schema.type].flat())) {
    yield { pointer, detail: `must be ${[schema.type].flat().join()}` };
  } else {
    yield* general(schema, value, pointer, check);
    if (typeof value === 'string') yield* textFaults(schema, value, pointer);
    if (typeof value === 'number') yield* numberFaults(schema, value, pointer);
    if (Array.isArray(value)) yield* listFaults(schema, value, pointer, check);
    if (isObject(value)) yield* objectFaults(schema, value, pointer, check);
  }
}

type Faults = Generator<Fault, void, undefined>;
type Check = (schema: Schema, value: unknown, pointer: string) => Faults;

function isOfType(value: unknown, types: readonly string[]): boolean {
  return types.some((type) => {
    if (type === 'null') return value === null;
    if (type === 'array') return Array.isArray(value);
    if (type === 'object') return isObject(value);
    if (type === 'integer') return Number.isInteger(value);
    return typeof value === type;
  });
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function* general(schema: Schema, value: unknown, pointer: string, check: Check): Faults {
  if ('const' in schema && value !== schema.const) yield { pointer, detail: 'must be equal to constant' };
  if (schema.enum && !schema.enum.includes(value)) {
    yield { pointer, detail: `must be equal to one of the allowed values: ${schema.enum.join(', ')}` };
  }
  for (const part of schema.allOf ?? []) yield* check(part, value, pointer);
  for (const keyword of ['anyOf', 'oneOf'] as const) {
    const branches = schema[keyword];
    if (!branches) continue;
    const fitting = branches.filter((branch) => check(branch, value, pointer).next().done);
    if (keyword === 'anyOf' ? fitting.length > 0 : fitting.length === 1) continue;
    // The branches speak for the choice; where they have nothing to say, it speaks itself.
    for (const branch of branches) yield* check(branch, value, pointer);
    yield { pointer, detail: `must match exactly one schema in ${keyword}` };
  }
}

/** Characters are counted as code points. */
function* textFaults({ minLength, maxLength, pattern, format }: Schema, value: string, pointer: string): Faults {
  const length = maxLength !== undefined || minLength !== undefined ? codePoints(value) : 0;
  if (maxLength !== undefined && length > maxLength) {
    yield { pointer, detail: `must NOT have more than ${maxLength} characters` };
  }
  if (minLength !== undefined && length < minLength) {
    yield { pointer, detail: `must NOT have fewer than ${minLength} characters` };
  }
  if (pattern !== undefined && !new RegExp(pattern, 'u').test(value)) {
    yield { pointer, detail: `must match pattern "${pattern}"` };
  }
  if (format !== undefined && !formats[format]?.takes(value)) {
    yield { pointer, detail: formats[format]?.says ?? `must match format "${format}"` };
  }
}

function codePoints(text: string): number {
  let pairs = 0;
  for (const _ of text.matchAll(/[\ud800-\udbff][\udc00-\udfff]/g)) pairs++;
  return text.length - pairs;
}

function* numberFaults({ minimum, maximum }: Schema, value: number, pointer: string): Faults {
  if (maximum !== undefined && value > maximum) yield { pointer, detail: `must be <= ${maximum}` };
  if (minimum !== undefined && value < minimum) yield { pointer, detail: `must be >= ${minimum}` };
}

function* listFaults(
  { minItems, maxItems, uniqueItems, items }: Schema,
  value: unknown[],
  pointer: string,
  check: Check,
): Faults {
  if (maxItems !== undefined && value.length > maxItems) {
    yield { pointer, detail: `must NOT have more than ${maxItems} items` };
  }
  if (minItems !== undefined && value.length < minItems) {
    yield { pointer, detail: `must NOT have fewer than ${minItems} items` };
  }
  if (items) for (const [i, item] of value.entries()) yield* check(items, item, `${pointer}/${i}`);
  const [later, earlier] = (uniqueItems && twins(value)) || [];
  if (later !== undefined) {
    yield { pointer, detail: `must NOT have duplicate items (items ## ${later} and ${earlier} are identical)` };
  }
}

/** The places of two items that are the same, the last such pair. */
function twins(items: unknown[]): [later: number, earlier: number] | undefined {
  const seen = new Map<string, number>();
  for (let at = items.length - 1; at >= 0; at--) {
    const text = JSON.stringify(items[at]);
    const later = seen.get(text);
    if (later !== undefined) return [later, at];
    seen.set(text, at);
  }
  return undefined;
}

function* objectFaults(schema: Schema, value: Record<string, unknown>, pointer: string, check: Check): Faults {
  const { properties = {}, required = [], additionalProperties, propertyNames, minProperties, maxProperties } = schema;
  const names = Object.keys(value);
  const place = (name: string) => `${pointer}/${name.replaceAll('~', '~0').replaceAll('/', '~1')}`;
  if (maxProperties !== undefined && names.length > maxProperties) {
    yield { pointer, detail: `must NOT have more than ${maxProperties} properties` };
  }
  if (minProperties !== undefined && names.length < minProperties) {
    yield { pointer, detail: `must NOT have fewer than ${minProperties} properties` };
  }
  for (const name of required) {
    if (!Object.hasOwn(value, name)) yield { pointer: place(name), detail: 'is required' };
  }
  for (const name of names) {
    if (propertyNames) yield* nameFaults(check(propertyNames, name, pointer), pointer);
    const own = Object.hasOwn(properties, name) ? properties[name] : additionalProperties;
    if (own === false) {
      yield { pointer: place(name), detail: 'is not a known field; check its spelling or leave it out' };
    } else if (typeof own === 'object') yield* check(own, value[name], place(name));
  }
}

function* nameFaults(faults: Faults, pointer: string): Faults {
  for (const { detail } of faults) {
    yield { pointer, detail: / characters$/.test(detail) ? `a name in it ${detail}` : detail };
  }
}
