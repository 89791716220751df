import type { Schema } from '../spec/document.ts';
import { type Flat, firstForm, isNullable } from '../spec/flatten.ts';
import { recipient } from './safe-text.ts';
import { sample } from './sample.ts';
import type { Sampling } from './sampling.ts';

export interface Variation {
  what: string;
  value: unknown;
}

/** So many things at most are asked for by one request. */
const MOST = 100;
const LONGEST = 20_000;

/** The property at its limits, each of its values, and the forms that are rarely used. */
export function* variations(s: Sampling, schema: Schema, name: string): Generator<Variation> {
  const plain = sample(s, schema, { name, optional: true });
  if (plain === undefined) return;
  yield { what: 'is there', value: plain };
  if (isNullable(s.document, schema)) yield { what: 'is null', value: null };
  const flat = firstForm(s.document, schema);
  for (const value of flat.enum?.slice(1) ?? []) yield { what: `is ${JSON.stringify(value)}`, value };
  if (flat.types?.includes('boolean')) yield { what: 'is false', value: false };
  if (flat.minimum !== undefined) yield { what: 'is as small as can be', value: flat.minimum };
  if (flat.maximum !== undefined) yield { what: 'is as large as can be', value: flat.maximum };
  if (typeof plain === 'string' && !flat.enum) yield* ofText(s, flat, plain, name);
  if (Array.isArray(plain)) yield* ofList(s, flat, plain);
}

function* ofText(s: Sampling, flat: Flat, plain: string, name: string): Generator<Variation> {
  const { maxLength = 0, minLength, format, pattern } = flat;
  if (format === 'date-time') {
    const east = new Date(Date.parse(plain) + 2 * 3_600_000).toISOString().replace('Z', '+02:00');
    yield { what: 'is told by another clock', value: east };
  }
  if (maxLength && maxLength < LONGEST) {
    const value = longest(s, flat, name);
    if (value) yield { what: 'is as long as can be', value };
  }
  const isFree = !format || format === 'header-text';
  if (isFree && !pattern && minLength !== undefined)
    yield { what: 'is as short as can be', value: 'x'.repeat(minLength) };
  if (isFree && !pattern && plain.includes(s.label))
    yield { what: 'is in other letters', value: `Größe 寸法 🎈 ${s.label}` };
}

/** Of the formats that can be stretched without becoming something else. */
function longest(s: Sampling, { format, pattern, maxLength = 0 }: Flat, name: string): string | undefined {
  if (pattern) return undefined;
  switch (format) {
    case undefined:
    case 'header-text':
      return words(s.label, maxLength);
    case 'uri':
      return `https://simulator.test/contract/${s.label}/`.padEnd(maxLength, 'x');
    case 'mailbox': {
      const address = `<${/(^|_)from$/.test(name) ? s.sender : recipient(s.label)}>`;
      return `${'x'.repeat(maxLength - address.length - 1)} ${address}`;
    }
    case 'content-id':
      return s.label.padEnd(maxLength, 'x');
    default:
      return undefined;
  }
}

function* ofList(
  s: Sampling,
  { items = {}, maxItems = 0, minItems, uniqueItems }: Flat,
  plain: unknown[],
): Generator<Variation> {
  const { enum: values } = firstForm(s.document, items);
  if (values && maxItems) yield { what: 'has every value', value: values.slice(0, maxItems) };
  else if (maxItems && maxItems <= MOST && !uniqueItems)
    yield { what: 'has as many items as can be', value: Array(maxItems).fill(plain[0]) };
  if (minItems === undefined || minItems === 0) yield { what: 'is empty', value: [] };
}

/** Words rather than one: no line of a mail can hold a very long one. */
function words(first: string, length: number): string {
  return `${first} ${`${'x'.repeat(40)} `.repeat(length / 41 + 1)}`.slice(0, length - 1).padEnd(length, 'x');
}
