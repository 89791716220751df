import type { Breaking, Kind } from './change.ts';
import type { Contract, Schema } from './document.ts';
import { type Flat, flatten } from './flatten.ts';
import { tightened } from './limits.ts';

/** Who writes the value: a caller must still be able to send what he sent; a reader must still understand what he gets. */
export type Direction = 'request' | 'answer';

export interface Comparison {
  before: Contract;
  after: Contract;
  direction: Direction;
  /** Named schemas that were compared already, so that each change is told once and recursion ends. */
  seen: Set<string>;
}

/** What of a schema's change breaks those who wrote for the one before. */
export function* compareSchemas(
  c: Comparison,
  before: Schema | undefined,
  after: Schema | undefined,
  place: string,
): Generator<Breaking> {
  if (!before && !after) return;
  const [old, now] = [flatten(c.before, before ?? {}), flatten(c.after, after ?? {})];
  const { name } = old;
  if (name) {
    const pair = `${c.direction} ${name} ${now.name}`;
    if (c.seen.has(pair)) return;
    c.seen.add(pair);
  }
  const at = name ?? place;
  const tell = (kind: Kind, detail: string, where = at): Breaking => ({
    kind,
    place: `${where} · ${c.direction}`,
    detail,
  });
  yield* typesOf(c, old, now, tell);
  yield* valuesOf(c, old, now, tell);
  yield* textOf(c, old, now, tell);
  if (c.direction === 'request') yield* requestOnly(old, now, tell);
  yield* variantsOf(c, old, now, at, tell);
  yield* membersOf(c, old, now, at, tell);
  if (old.items || now.items) yield* compareSchemas(c, old.items, now.items, `${at}[]`);
}

type Tell = (kind: Kind, detail: string, where?: string) => Breaking;

/** Requests: every type that was taken still is. Answers: no type comes that never came. */
function* typesOf({ direction }: Comparison, old: Flat, now: Flat, tell: Tell): Generator<Breaking> {
  const [needed, offered] = direction === 'request' ? [old.types, now.types] : [now.types, old.types];
  if (!offered) return;
  const missing = needed ? [...needed].filter((type) => !covers(offered, type)) : ['anything'];
  if (missing.length === 0) return;
  // A free union says its types in its variants.
  if (!needed && (old.oneOf ?? old.anyOf ?? now.oneOf ?? now.anyOf)) return;
  const said = missing.join(', ');
  yield tell('type-changed', direction === 'request' ? `${said} is no longer taken` : `it can now be ${said}`);
}

const covers = (types: Set<string>, type: string) => types.has(type) || (type === 'integer' && types.has('number'));

function* valuesOf({ direction }: Comparison, old: Flat, now: Flat, tell: Tell): Generator<Breaking> {
  const words = (values: unknown[]) => values.map((value) => JSON.stringify(value)).join(', ');
  if (old.enum && now.enum) {
    const kept = new Set(now.enum.map((value) => JSON.stringify(value)));
    const removed = old.enum.filter((value) => !kept.has(JSON.stringify(value)));
    if (removed.length) yield tell('value-removed', `${words(removed)} is gone`);
  } else if (now.enum && direction === 'request') {
    yield tell('value-removed', `only ${words(now.enum)} is taken now`);
  } else if (old.enum && direction === 'answer') {
    yield tell('values-opened', `it was one of ${words(old.enum)}; now it can be anything`);
  }
}

/** Ids and times are read by programs: another form breaks them in either direction. */
function* textOf({ direction }: Comparison, old: Flat, now: Flat, tell: Tell): Generator<Breaking> {
  for (const keyword of ['format', 'pattern'] as const) {
    const [was, is] = [old[keyword], now[keyword]];
    if (was === is) continue;
    const loosened = direction === 'request' ? is === undefined : was === undefined;
    if (!loosened) yield tell('format-changed', `${keyword} was ${was ?? 'free'} and is ${is ?? 'free'}`);
  }
}

function* requestOnly(old: Flat, now: Flat, tell: Tell): Generator<Breaking> {
  for (const detail of tightened(old, now)) yield tell('constraint-tightened', detail);
  if (JSON.stringify(old.default) !== JSON.stringify(now.default) && old.default !== undefined)
    yield tell('default-changed', `it was ${JSON.stringify(old.default)} and is ${JSON.stringify(now.default)}`);
  if (old.additionalProperties !== false && now.additionalProperties === false)
    yield tell('closed', 'properties that the contract does not name were taken and are refused now');
}

function* variantsOf(c: Comparison, old: Flat, now: Flat, at: string, tell: Tell): Generator<Breaking> {
  const [before, after] = [old.oneOf ?? old.anyOf, now.oneOf ?? now.anyOf];
  if (!before) {
    if (after && c.direction === 'request') yield tell('variant-removed', 'only certain forms of it are taken now');
    return;
  }
  if (!after) {
    if (c.direction === 'answer') yield tell('values-opened', 'it had certain forms; now it can have any');
    return;
  }
  const named = new Map(after.map((variant) => [nameOfVariant(c.after, variant), variant]));
  for (const variant of before) {
    const name = nameOfVariant(c.before, variant);
    const same = named.get(name);
    if (same) yield* compareSchemas(c, variant, same, `${at}(${name})`);
    else yield tell('variant-removed', `the form ${name} is gone`);
  }
}

/** A variant is known by its name, else by what it is. */
function nameOfVariant(contract: Contract, variant: Schema): string {
  const flat = flatten(contract, variant);
  return flat.name ?? (flat.required ? `with ${flat.required.join(' and ')}` : [...(flat.types ?? ['any'])].join());
}

function* membersOf(c: Comparison, old: Flat, now: Flat, at: string, tell: Tell): Generator<Breaking> {
  const [before, after] = [old.properties ?? {}, now.properties ?? {}];
  const [had, has] = [new Set(old.required), new Set(now.required)];
  for (const [name, schema] of Object.entries(before)) {
    const where = `${at}.${name}`;
    if (!Object.hasOwn(after, name)) {
      yield tell('property-removed', c.direction === 'request' ? 'it is no longer taken' : 'it no longer comes', where);
      continue;
    }
    if (c.direction === 'answer' && had.has(name) && !has.has(name))
      yield tell('property-optional', 'it always came; now it may be missing', where);
    yield* compareSchemas(c, schema, after[name], where);
  }
  for (const name of c.direction === 'request' ? has : [])
    if (!had.has(name)) yield tell('property-required', 'callers who leave it out are refused now', `${at}.${name}`);
  const [map, newMap] = [asSchema(old), asSchema(now)];
  if (map && newMap) yield* compareSchemas(c, map, newMap, `${at}.*`);
}

const asSchema = ({ additionalProperties: rest }: Flat) => (typeof rest === 'object' ? rest : undefined);
