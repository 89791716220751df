import type { Schema } from '../spec/document.ts';
import { type Flat, firstForm } from '../spec/flatten.ts';
import { safeText } from './safe-text.ts';
import type { Sampling } from './sampling.ts';

export interface Wish {
  /** The name of the property or parameter. */
  name?: string;
  /** What the contract shows at this place. */
  example?: unknown;
  /** Whether properties that need not be there are. */
  optional?: boolean;
}

/** A value that the schema allows and that does no harm; undefined when none could be found. */
export function sample(s: Sampling, schema: Schema, wish: Wish = {}): unknown {
  const value = wish.example === undefined ? made(s, schema, wish) : safe(s, schema, wish.example, wish.name ?? '');
  return value !== undefined && s.validators.accepts(schema, value) ? value : undefined;
}

/** The value of an example with nothing in it that belongs to somebody, or to another time. */
export function safe(s: Sampling, schema: Schema, value: unknown, name: string): unknown {
  const flat = firstForm(s.document, schema);
  if (Array.isArray(value)) return value.map((item) => safe(s, flat.items ?? {}, item, name));
  if (typeof value === 'object' && value !== null) {
    const rest = typeof flat.additionalProperties === 'object' ? flat.additionalProperties : {};
    const members = Object.entries(value).map(([key, member]) => [
      key,
      safe(s, flat.properties?.[key] ?? rest, member, key),
    ]);
    return Object.fromEntries(members);
  }
  if (typeof value !== 'string') return value;
  return existing(s, flat) ?? safeText(s, flat, value, name);
}

function existing(s: Sampling, { name }: Flat): string | undefined {
  return name?.endsWith('Id') ? s.idFor(name) : undefined;
}

function made(s: Sampling, schema: Schema, { name = '', optional = false }: Wish): unknown {
  const flat = firstForm(s.document, schema);
  if (flat.enum) return flat.enum[0];
  const id = existing(s, flat);
  if (id !== undefined) return id;
  const [example] = flat.examples ?? [];
  if (example !== undefined) return safe(s, schema, example, name);
  switch (flat.types?.find((type) => type !== 'null')) {
    case 'string':
      return text(s, flat, name);
    case 'integer':
    case 'number':
      return Math.min(Math.max(1, flat.minimum ?? 1), flat.maximum ?? Number.POSITIVE_INFINITY);
    case 'boolean':
      return true;
    case 'array': {
      const item = sample(s, flat.items ?? {}, { name, optional });
      const count = Math.max(flat.minItems ?? 0, 1);
      return item === undefined ? undefined : Array(count).fill(item);
    }
    case 'null':
      return null;
    default:
      return flat.properties || flat.types?.includes('object') ? members(s, flat, optional) : undefined;
  }
}

function members(s: Sampling, flat: Flat, optional: boolean): unknown {
  const wanted = new Set(flat.required);
  // Of groups of which one must be there, the first.
  for (const name of (flat.anyOf ?? flat.oneOf)?.[0]?.required ?? []) wanted.add(name);
  const entries: [string, unknown][] = [];
  for (const [name, schema] of Object.entries(flat.properties ?? {})) {
    if (!optional && !wanted.has(name)) continue;
    const value = sample(s, schema, { name, optional });
    if (value === undefined && wanted.has(name)) return undefined;
    if (value !== undefined) entries.push([name, value]);
  }
  return Object.fromEntries(entries);
}

const PLAIN: Record<string, (s: Sampling, name: string) => string> = {
  mailbox: () => 'someone@example.com',
  address: () => 'someone@example.com',
  'date-time': () => '2020-01-01T00:00:00Z',
  uri: () => 'https://example.com/',
  hostname: () => 'some.example',
  'idn-hostname': () => 'some.example',
  'base64-content': () => 'Y29udHJhY3Q=',
  'content-type': () => 'text/plain',
  'content-id': ({ label }) => label,
};

function text(s: Sampling, flat: Flat, name: string): string | undefined {
  const plain = flat.format && PLAIN[flat.format]?.(s, name);
  if (plain) return safeText(s, flat, plain, name);
  const candidates = [`contract ${s.label}`, s.label, 'contract', 'CONTRACT', '1', 'a'];
  const fitting = candidates.map((word) => word.padEnd(flat.minLength ?? 0, 'x').slice(0, flat.maxLength ?? 200));
  return fitting.find((word) => s.validators.accepts({ ...(flat.pattern && { pattern: flat.pattern }) }, word));
}
