import { itemOf, verbOf } from './emit-resources.ts';
import type { Bundle, Operation } from './operations.ts';

/** As much of a JSON Schema as says how a value is typed in a shell. */
interface Schema {
  $ref?: string;
  type?: string | string[];
  enum?: string[];
  format?: string;
  pattern?: string;
  description?: string;
  allOf?: Schema[];
  oneOf?: Schema[];
  anyOf?: Schema[];
  items?: Schema;
  properties?: Record<string, Schema>;
  required?: string[];
}

interface Parameter {
  $ref?: string;
  name: string;
  in: string;
  required?: boolean;
  description?: string;
  schema: Schema;
}

interface RawOperation {
  parameters?: Parameter[];
}

/** Belong to the client rather than to the caller: it turns the pages. */
const PAGING = ['limit', 'cursor'];

/** What the command line has to know of each operation to make a command of it. */
export function emitCommands(contract: Bundle, operations: Operation[]): string {
  const lines = operations.map((o) => `  ${JSON.stringify(commandOf(contract, o))},`);
  return `// Generated from spec/ by \`npm run generate\`. Do not edit.
import type { OperationCommand } from '../operation-command.ts';

/** Each operation of the contract, as a command line may ask for it. */
export const operationCommands: readonly OperationCommand[] = [
${lines.join('\n')}
];
`;
}

const camel = (tag: string) => tag.replaceAll(/-(\w)/g, (_, letter: string) => letter.toUpperCase());

function commandOf(contract: Bundle, o: Operation): object {
  const { parameters = [] } = (contract.paths[o.path]?.[o.method] ?? {}) as RawOperation;
  const resolved = parameters.map((p) => (p.$ref ? resolve<Parameter>(contract, p.$ref) : p));
  const item = itemOf(contract, o);
  return {
    tag: o.tag,
    resource: camel(o.tag),
    verb: verbOf(o),
    summary: o.summary,
    description: o.description,
    path: resolved.filter((p) => p.in === 'path').map((p) => fieldOf(contract, p.name, p.schema, true)),
    query: resolved
      .filter((p) => p.in === 'query' && !(item && PAGING.includes(p.name)))
      .map((p) => fieldOf(contract, p.name, { description: p.description ?? '', ...p.schema }, p.required === true)),
    takesQuery: o.queryParameters.length > 0,
    keyed: o.takesIdempotencyKey,
    body: bodyOf(contract, o),
    gives: item ? { list: item } : { model: o.success.model, mediaType: o.success.mediaType },
  };
}

function bodyOf(contract: Bundle, { requestBody }: Operation): object | undefined {
  if (!requestBody) return undefined;
  const { model, mediaType, required } = requestBody;
  if (!model) return { file: mediaType };
  const { properties = {}, required: needed = [] } = resolve<Schema>(contract, `#/components/schemas/${model}`);
  const fields = Object.entries(properties).map(([name, schema]) =>
    fieldOf(contract, name, schema, needed.includes(name)),
  );
  return { required, fields };
}

function fieldOf(contract: Bundle, name: string, given: Schema, required: boolean): object {
  const { description, ...schema } = flat(contract, given);
  const many = schema.type === 'array';
  const { type, enum: choices, format, pattern } = many ? flat(contract, schema.items ?? {}) : schema;
  const prefix = /^\^([a-z]+_)/.exec(pattern ?? '')?.[1];
  return {
    name,
    required,
    kind: format === 'date-time' ? 'time' : (kinds[String(type)] ?? 'json'),
    ...(many && { many }),
    ...(choices && { choices }),
    ...(prefix && { prefix }),
    description: firstSentence(description ?? ''),
  };
}

const kinds: Record<string, string> = { string: 'text', boolean: 'flag', integer: 'count' };

/** Without references, choices with null, and lists of types: what a value is when it is there. */
function flat(contract: Bundle, schema: Schema): Schema {
  const { $ref, allOf, oneOf, anyOf, ...rest } = schema;
  const [inner] = [...(allOf ?? []), ...(oneOf ?? []), ...(anyOf ?? [])].filter(({ type }) => type !== 'null');
  const base = $ref ? resolve<Schema>(contract, $ref) : inner;
  const { description, ...more } = base ? flat(contract, base) : {};
  const type = [rest.type ?? more.type].flat().find((each) => each !== 'null');
  return { ...more, ...rest, ...(type && { type }), description: rest.description || description || '' };
}

function resolve<T>(contract: Bundle, ref: string): T {
  const [, kind, name] = /^#\/components\/(\w+)\/(\w+)$/.exec(ref) ?? [];
  return (contract.components as unknown as Record<string, Record<string, T>>)[kind ?? '']?.[name ?? ''] as T;
}

const firstSentence = (text: string) =>
  text
    .trim()
    .replaceAll(/\s+/g, ' ')
    .split(/(?<=[.;])\s/, 1)[0] ?? '';
