import { verbOf } from './emit-resources.ts';
import type { Bundle, Operation } from './operations.ts';
import { requestSchemas, type Schema, stripped } from './request-schemas.ts';

/** What `koltrix/testing` is made of: the operations, the schemas of their requests, and an event of each type. */
export interface TestingFiles {
  'operations.gen.ts': string;
  'schemas.gen.ts': string;
  'events.gen.ts': string;
  'examples.gen.ts': string;
}

export function emitTesting(contract: Bundle, operations: Operation[]): TestingFiles {
  return {
    'operations.gen.ts': operationsFile(contract, operations),
    'schemas.gen.ts': schemasFile(contract),
    'events.gen.ts': eventsFile(contract),
    'examples.gen.ts': examplesFile(contract, operations),
  };
}

const HEADER = '// Generated from spec/ by `npm run generate`. Do not edit.';

const pascal = (id: string) => id.charAt(0).toUpperCase() + id.slice(1);
const camel = (tag: string) => tag.replaceAll(/-(\w)/g, (_, letter: string) => letter.toUpperCase());

interface Answer {
  $ref?: string;
  content?: Record<string, { examples?: Record<string, { value: unknown }> }>;
}

interface RawParameter {
  $ref?: string;
  name: string;
  in: string;
  required?: boolean;
  schema: Schema;
}

interface RawOperation {
  parameters?: RawParameter[];
  requestBody?: { content: Record<string, { schema: Schema }> };
  responses: Record<string, Answer>;
}

const rawOf = (contract: Bundle, o: Operation) => contract.paths[o.path]?.[o.method] as RawOperation;

function operationsFile(contract: Bundle, operations: Operation[]): string {
  const types = operations.flatMap((o) => [`${pascal(o.id)}Data`, `${pascal(o.id)}Responses`]).sort();
  return `${HEADER}
import type {
${types.map((name) => `  ${name},`).join('\n')}
} from '../../generated/types.gen.ts';
import type { Schema } from '../schema.ts';

/** Request and answers of each operation. */
export interface OperationTypes {
${operations.map((o) => `  ${o.id}: { data: ${pascal(o.id)}Data; responses: ${pascal(o.id)}Responses };`).join('\n')}
}

export type OperationId = keyof OperationTypes;

/** The operations as they are called in the SDK. */
export type OperationName =
${operations.map((o) => `  | '${nameOf(o)}'`).join('\n')};

export interface Parameter {
  name: string;
  in: 'path' | 'query';
  required: boolean;
  schema: Schema;
}

export interface Operation {
  id: OperationId;
  name: OperationName;
  method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** Below the base path, as \`/emails/{email_id}\`. */
  path: string;
  scope: 'full' | 'send' | 'read' | 'any';
  takesIdempotencyKey: boolean;
  /** The media type of the request's body, if it has one. */
  consumes?: string;
  bodyRequired?: boolean;
  body?: Schema;
  parameters: readonly Parameter[];
  status: number;
  /** The media type of the successful answer, if it has a body. */
  produces?: string;
  /** The statuses of its problems. */
  problems: readonly number[];
}

export const operations: readonly Operation[] = [
${operations.map((o) => `  ${JSON.stringify(entryOf(contract, o))},`).join('\n')}
];
`;
}

const nameOf = (o: Operation) => `${camel(o.tag)}.${verbOf(o)}`;

function entryOf(contract: Bundle, o: Operation): object {
  const raw = rawOf(contract, o);
  return {
    id: o.id,
    name: nameOf(o),
    method: o.method.toUpperCase(),
    path: o.path,
    scope: o.scope,
    takesIdempotencyKey: o.takesIdempotencyKey,
    consumes: o.requestBody?.mediaType,
    bodyRequired: o.requestBody?.required,
    body: o.requestBody?.model && stripped(raw.requestBody?.content[o.requestBody.mediaType]?.schema as Schema),
    parameters: parametersOf(contract, raw),
    status: o.success.status,
    produces: o.success.mediaType,
    problems: Object.keys(raw.responses)
      .map(Number)
      .filter((status) => status >= 400),
  };
}

/** Headers are read, and refused, by who needs them. */
function parametersOf(contract: Bundle, { parameters = [] }: RawOperation): object[] {
  return parameters
    .map((p) => (p.$ref ? (contract.components.parameters[p.$ref.split('/').at(-1) as string] as RawParameter) : p))
    .filter((p) => p.in === 'path' || p.in === 'query')
    .map((p) => ({ name: p.name, in: p.in, required: p.required === true, schema: stripped(p.schema) }));
}

function schemasFile(contract: Bundle): string {
  const lines = Object.entries(requestSchemas(contract)).map(
    ([name, schema]) => `  ${name}: ${JSON.stringify(schema)},`,
  );
  return `${HEADER}
import type { Schema } from '../schema.ts';

/** The schemas that requests are held against, by name. */
export const schemas: Record<string, Schema> = {
${lines.join('\n')}
};
`;
}

function examplesFile(contract: Bundle, operations: Operation[]): string {
  const lines = operations.flatMap((o) => {
    const success = rawOf(contract, o).responses[o.success.status]?.content?.[o.success.mediaType ?? ''];
    const [example] = Object.values(success?.examples ?? {});
    return example ? [`  ${o.id}: ${JSON.stringify(example.value)},`] : [];
  });
  return `${HEADER}
import type { OperationId } from './operations.gen.ts';

/** The contract's example of each successful answer: what an operation answers that the mock has no behaviour for. */
export const examples: { readonly [Id in OperationId]?: unknown } = {
${lines.join('\n')}
};
`;
}

interface EventWebhook {
  post: { requestBody: { content: Record<string, { examples: Record<string, { value: unknown }> }> } };
}

function eventsFile(contract: Bundle): string {
  const webhooks = Object.entries(contract.webhooks as Record<string, EventWebhook>);
  const lines = webhooks.map(([type, { post }]) => {
    const example = Object.values(post.requestBody.content['application/json']?.examples ?? {})[0];
    if (!example) throw new Error(`The webhook ${type} has no example`);
    return `  '${type}': ${JSON.stringify(example.value)},`;
  });
  return `${HEADER}
import type { Event, EventType } from '../../generated/types.gen.ts';

/** The contract's example of each type of event. */
export const eventExamples: { readonly [Type in EventType]: Extract<Event, { type: Type }> } = {
${lines.join('\n')}
};
`;
}
