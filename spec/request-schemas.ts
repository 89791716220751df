import type { Bundle } from './operations.ts';

/** A JSON Schema of the contract. */
export type Schema = { [keyword: string]: unknown };

/** What the SDK's own small validator knows; another keyword in a request would be ignored there in silence. */
const KNOWN = new Set([
  '$ref',
  'type',
  'const',
  'enum',
  'allOf',
  'anyOf',
  'oneOf',
  'minLength',
  'maxLength',
  'pattern',
  'format',
  'minimum',
  'maximum',
  'items',
  'minItems',
  'maxItems',
  'uniqueItems',
  'properties',
  'required',
  'additionalProperties',
  'propertyNames',
  'minProperties',
  'maxProperties',
]);
/** What says something to people alone. */
const WORDS = new Set(['description', 'title', 'example', 'examples', 'default', 'deprecated']);
const LISTS = ['allOf', 'anyOf', 'oneOf'];

/** A schema without words, its references by name. Throws for a keyword that would not be checked. */
export function stripped(schema: Schema): Schema {
  const entries = Object.entries(schema).filter(([keyword]) => !WORDS.has(keyword) && !keyword.startsWith('x-'));
  return Object.fromEntries(
    entries.map(([keyword, value]) => {
      if (!KNOWN.has(keyword))
        throw new Error(`sdk/src/testing/schema.ts does not know the keyword ${keyword}; teach it`);
      return [keyword, strippedValue(keyword, value)];
    }),
  );
}

function strippedValue(keyword: string, value: unknown): unknown {
  if (keyword === '$ref') return nameOf(value as string);
  if (LISTS.includes(keyword)) return (value as Schema[]).map(stripped);
  if (keyword === 'properties') {
    return Object.fromEntries(Object.entries(value as Record<string, Schema>).map(([name, s]) => [name, stripped(s)]));
  }
  if (['items', 'propertyNames', 'additionalProperties'].includes(keyword) && typeof value === 'object') {
    return stripped(value as Schema);
  }
  return value;
}

/** Every named schema that a request can reach: by its body, its path or its query. */
export function requestSchemas(contract: Bundle): Record<string, Schema> {
  const reached = new Map<string, Schema>();
  const visit = (value: unknown): void => {
    if (typeof value !== 'object' || value === null) return;
    const { $ref } = value as Schema;
    if (typeof $ref === 'string') reach($ref);
    else for (const item of Object.values(value)) visit(item);
  };
  const reach = ($ref: string): void => {
    const [, , kind, name = ''] = $ref.split('/');
    if (kind === 'parameters') visit(contract.components.parameters[name]);
    if (kind !== 'schemas' || reached.has(name)) return;
    const schema = contract.components.schemas[name] as Schema;
    reached.set(name, schema);
    visit(schema);
  };
  for (const item of Object.values(contract.paths)) {
    for (const operation of Object.values(item)) {
      const { parameters, requestBody } = operation as { parameters?: unknown; requestBody?: unknown };
      visit(parameters);
      visit(requestBody);
    }
  }
  return Object.fromEntries([...reached].sort(([a], [b]) => (a < b ? -1 : 1)).map(([name, s]) => [name, stripped(s)]));
}

function nameOf($ref: string): string {
  return $ref.split('/').at(-1) as string;
}
