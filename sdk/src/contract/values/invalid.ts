import type { Schema } from '../spec/document.ts';
import { step } from '../spec/document.ts';
import { type Flat, firstForm, isNullable } from '../spec/flatten.ts';
import { notOfFormat } from '../spec/formats.ts';
import { sample } from './sample.ts';
import type { Sampling } from './sampling.ts';

/** A value that breaks its schema in one place. */
export interface Broken {
  what: string;
  value: unknown;
  /** JSON pointer to the place; undefined where the schema leaves open which place is to blame. */
  pointer: string | undefined;
}

/** Above this a text is cheap to send, but a waste to send often. */
const LONGEST = 20_000;
const MOST = 1_000;

/** Every way to break a value once. `deep` is nought at the top; far below it, only the plainest ways are tried. */
export function* brokenForms(s: Sampling, schema: Schema, value: unknown, pointer = '', deep = 0): Generator<Broken> {
  const flat = firstForm(s.document, schema);
  const here = (what: string, other: unknown, at: string | undefined = pointer): Broken => ({
    what,
    value: other,
    pointer: at,
  });
  const name = pointer || 'the body';
  if (flat.types) yield here(`${name} of another type`, wrongType(flat));
  if (!isNullable(s.document, schema) && flat.types && deep < 2) yield here(`${name} is null`, null);
  if (deep < 3) for (const [what, other] of ofValue(flat, value)) yield here(`${name} ${what}`, other);
  if (Array.isArray(value)) yield* ofItems(s, flat, value, pointer, deep);
  else if (typeof value === 'object' && value !== null)
    yield* ofMembers(s, flat, value as Record<string, unknown>, pointer, deep);
}

function wrongType({ types = [] }: Flat): unknown {
  if (!types.includes('integer') && !types.includes('number')) return 42;
  return types.includes('string') ? { text: 1 } : 'text';
}

function* ofValue(flat: Flat, value: unknown): Generator<[what: string, value: unknown]> {
  if (flat.enum) yield ['is none of its values', 'contract-none-of-them'];
  if (flat.maxLength !== undefined && flat.maxLength < LONGEST) yield ['is too long', 'x'.repeat(flat.maxLength + 1)];
  if (flat.minLength) yield ['is too short', 'x'.repeat(flat.minLength - 1)];
  if (flat.minimum !== undefined) yield ['is too small', flat.minimum - 1];
  if (flat.maximum !== undefined) yield ['is too large', flat.maximum + 1];
  if (flat.types?.includes('integer') && !flat.types.includes('number')) yield ['is no whole number', 1.5];
  const other = flat.format && notOfFormat[flat.format];
  if (other) yield [`is not of the format ${flat.format}`, other];
  if (flat.pattern) for (const text of ['', 'x', '?', 'a:b']) yield ['does not match its pattern', text];
  if (Array.isArray(value) && value.length > 0) {
    if (flat.maxItems !== undefined && flat.maxItems <= MOST)
      yield ['has too many items', Array(flat.maxItems + 1).fill(value[0])];
    if (flat.minItems) yield ['has too few items', value.slice(0, flat.minItems - 1)];
    if (flat.uniqueItems) yield ['has an item twice', [value[0], value[0]]];
  }
}

function* ofItems(s: Sampling, flat: Flat, value: unknown[], pointer: string, deep: number): Generator<Broken> {
  if (!flat.items || value.length === 0) return;
  for (const broken of brokenForms(s, flat.items, value[0], `${pointer}/0`, deep + 1))
    yield { ...broken, value: [broken.value, ...value.slice(1)] };
}

function* ofMembers(
  s: Sampling,
  flat: Flat,
  value: Record<string, unknown>,
  pointer: string,
  deep: number,
): Generator<Broken> {
  const at = (name: string) => `${pointer}/${step(name)}`;
  if (flat.additionalProperties === false)
    yield {
      what: `${at('contract_unknown')} is unknown`,
      value: { ...value, contract_unknown: 1 },
      pointer: at('contract_unknown'),
    };
  for (const name of flat.required ?? []) {
    const { [name]: _, ...rest } = value;
    yield { what: `${at(name)} is missing`, value: rest, pointer: at(name) };
  }
  const groups = [...(flat.anyOf ?? []), ...(flat.oneOf ?? [])].flatMap(({ required = [] }) => required);
  if (groups.length) {
    const rest = Object.fromEntries(Object.entries(value).filter(([name]) => !groups.includes(name)));
    yield { what: `none of ${groups.join(', ')} is there`, value: rest, pointer: undefined };
  }
  if (flat.minProperties) yield { what: `${pointer || 'the body'} is empty`, value: {}, pointer };
  if (deep > 2) return;
  for (const [name, schema] of Object.entries(flat.properties ?? {})) {
    const member = value[name] ?? sample(s, schema, { name, optional: true });
    if (member === undefined) continue;
    for (const broken of brokenForms(s, schema, member, at(name), deep + 1))
      yield { ...broken, value: { ...value, [name]: broken.value } };
  }
  yield* ofMap(s, flat, value, pointer, deep);
}

function* ofMap(
  s: Sampling,
  flat: Flat,
  value: Record<string, unknown>,
  pointer: string,
  deep: number,
): Generator<Broken> {
  const { additionalProperties: rest, maxProperties, propertyNames } = flat;
  const name = pointer || 'the body';
  if (maxProperties !== undefined && maxProperties <= MOST && typeof rest === 'object') {
    const member = sample(s, rest) ?? 'x';
    const many = Object.fromEntries(Array.from({ length: maxProperties + 1 }, (_, i) => [`X-Contract-${i}`, member]));
    yield { what: `${name} has too many members`, value: many, pointer };
  }
  if (propertyNames?.maxLength !== undefined)
    yield {
      what: `${name} has a name that is too long`,
      value: { ['x'.repeat(propertyNames.maxLength + 1)]: 'x' },
      pointer,
    };
  if (typeof rest !== 'object') return;
  const key = Object.keys(value)[0] ?? 'X-Contract';
  for (const broken of brokenForms(s, rest, value[key] ?? sample(s, rest) ?? 'x', `${pointer}/${step(key)}`, deep + 1))
    yield { ...broken, value: { ...value, [key]: broken.value } };
}
