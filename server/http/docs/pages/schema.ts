import { type Contract, followed, type Schema } from '../contract.ts';
import { type Html, html } from '../html.ts';
import { inline } from '../markdown.ts';

interface Field {
  name: string;
  schema: Schema;
  required: boolean;
  description?: string;
}

/** Who fills the fields in: of what the caller sends the required ones stand out, of what he gets the optional ones. */
type Side = 'request' | 'answer';

/** The fields of an object, each with its type, limits and meaning; inner objects unfold, or are when `open`. */
export function fields(contract: Contract, schema: Schema, side: Side, open = false): Html {
  const { properties = {}, required = [] } = whole(contract, schema);
  return html`<ul class="fields">${Object.entries(properties).map(([name, property]) =>
    field(contract, { name, schema: property, required: required.includes(name) }, side, open),
  )}</ul>`;
}

/** One field or parameter as an item of a list. Its own description precedes that of its schema. */
export function field(contract: Contract, one: Field, side: Side, open = false): Html {
  const { name, schema, required } = one;
  const inner = whole(contract, elementOf(contract, schema));
  const description = one.description ?? schema.description ?? whole(contract, schema).description;
  const mark = side === 'request' ? required && 'required' : !required && 'optional';
  return html`<li class="field"><p class="head"><code class="name">${name}</code> <span class="type">${typeOf(contract, schema)}</span>${
    mark && html` <span class="${mark}">${mark}</span>`
  }</p>${description && html`<p>${inline(description)}</p>`}${limits(contract, schema)}${
    inner.properties
      ? html`<details${open && ' open'}><summary>Fields of <code>${name}</code></summary>${fields(contract, inner, side)}</details>`
      : variants(contract, inner)
  }</li>`;
}

/** A schema in words: `array of mailbox`, `date-time or null`, `map of string`. */
export function typeOf(contract: Contract, schema: Schema): string {
  const resolved = whole(contract, schema);
  const options = resolved.oneOf;
  if (options && options.length <= 2) return options.map((option) => typeOf(contract, option)).join(' or ');
  if (options) return 'object';
  const types = [resolved.type ?? 'any'].flat();
  return types.map((type) => wordFor(contract, type, resolved)).join(' or ');
}

function wordFor(contract: Contract, type: string, schema: Schema): string {
  if (type === 'array') return `array of ${schema.items ? typeOf(contract, schema.items) : 'any'}`;
  if (type === 'object' && typeof schema.additionalProperties === 'object')
    return `map of ${typeOf(contract, schema.additionalProperties)}`;
  return type === 'string' ? (FORMATS[schema.format ?? ''] ?? type) : type;
}

/** Formats that tell a reader more than `string` does. */
const FORMATS: Record<string, string> = {
  address: 'address',
  mailbox: 'mailbox',
  uri: 'URL',
  'date-time': 'date-time',
  'content-type': 'media type',
  'base64-content': 'base64 string',
};

/** What bounds a value: choices, default, sizes. */
function limits(contract: Contract, schema: Schema): Html | false {
  const resolved = whole(contract, schema);
  const choices = whole(contract, elementOf(contract, schema)).enum;
  const prefix = resolved.pattern?.match(/^\^([a-z]+_)/)?.[1];
  const facts = [
    choices && html`one of ${spaced(choices.map((choice) => html`<code>${String(choice)}</code>`))}`,
    prefix && html`begins with <code>${prefix}</code>`,
    resolved.const !== undefined && html`always <code>${String(resolved.const)}</code>`,
    resolved.default !== undefined && html`default <code>${JSON.stringify(resolved.default)}</code>`,
    range(resolved.minimum, resolved.maximum, ''),
    range(resolved.minLength, resolved.maxLength, ' characters'),
    range(resolved.minItems, resolved.maxItems, ' items'),
    range(undefined, resolved.maxProperties, ' entries'),
  ].filter((fact) => fact !== undefined && fact !== false);
  return facts.length > 0 && html`<p class="limits">${facts.map((fact, i) => html`${i > 0 && ' · '}${fact}`)}</p>`;
}

function range(least: number | undefined, most: number | undefined, unit: string): Html | false {
  const [from, to] = [least, most].map((bound) => bound?.toLocaleString('en'));
  if (from && to) return html`${from}–${to}${unit}`;
  if (to) return html`at most ${to}${unit}`;
  return from !== undefined && from !== '0' && html`at least ${from}${unit}`;
}

/** A union that its `type` tells apart is described with the webhooks; here are its members. */
function variants(contract: Contract, { oneOf = [] }: Schema): Html | false {
  const types = oneOf.map((option) => whole(contract, option).properties?.type?.const).filter((type) => type);
  return (
    types.length > 0 &&
    html`<p class="limits">one of ${spaced(
      types.map((type) => html`<a href="#${String(type)}"><code>${String(type)}</code></a>`),
    )}</p>`
  );
}

const spaced = (items: Html[]): Html[] => items.map((item, i) => html`${i > 0 && ' '}${item}`);

/** What an array holds, what may be null when it is there, else the schema itself. */
function elementOf(contract: Contract, schema: Schema): Schema {
  const resolved = whole(contract, schema);
  if (resolved.items) return elementOf(contract, resolved.items);
  const option = resolved.oneOf?.length === 2 && resolved.oneOf.find(({ type }) => type !== 'null');
  return option ? elementOf(contract, option) : resolved;
}

/** The schema with its reference followed and the parts of its `allOf` laid together. */
export function whole(contract: Contract, schema: Schema): Schema {
  const { allOf = [], ...own } = followed(contract, schema);
  const parts = [...allOf.map((part) => whole(contract, part)), own];
  const sum: Schema = Object.assign({}, ...parts);
  if (parts.some((part) => part.properties))
    sum.properties = Object.assign({}, ...parts.map((part) => part.properties));
  if (parts.some((part) => part.required)) sum.required = parts.flatMap((part) => part.required ?? []);
  return sum;
}
