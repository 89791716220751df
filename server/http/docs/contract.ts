/** The bundled contract, as far as the reference reads it. */
export interface Contract {
  info: { title: string; version: string; summary: string; description: string };
  servers: { url: string }[];
  tags: { name: string; description: string }[];
  paths: Record<string, Record<string, OperationObject>>;
  webhooks: Record<string, { post: OperationObject }>;
  components: Record<'schemas' | 'parameters' | 'responses' | 'headers', Record<string, unknown>>;
}

export interface Schema {
  $ref?: string;
  type?: string | string[];
  description?: string;
  format?: string;
  pattern?: string;
  enum?: unknown[];
  const?: unknown;
  default?: unknown;
  examples?: unknown[];
  properties?: Record<string, Schema>;
  required?: string[];
  items?: Schema;
  additionalProperties?: boolean | Schema;
  allOf?: Schema[];
  oneOf?: Schema[];
  minimum?: number;
  maximum?: number;
  minLength?: number;
  maxLength?: number;
  minItems?: number;
  maxItems?: number;
  maxProperties?: number;
}

export interface Parameter {
  name: string;
  in: 'path' | 'query' | 'header';
  required?: boolean;
  description: string;
  schema: Schema;
  example?: unknown;
}

export interface Media {
  type: string;
  schema: Schema;
  examples: [name: string, value: unknown][];
}

export interface Answer {
  status: string;
  description: string;
  media?: Media;
}

/** One operation or webhook with its references followed; schemas keep theirs, since their names are shown. */
export interface Operation {
  id: string;
  method: string;
  /** As in the contract, below the base path. */
  path: string;
  tag: string;
  summary: string;
  description: string;
  scope: string;
  parameters: Parameter[];
  body?: Media & { required: boolean };
  success: Answer;
  errors: Answer[];
}

interface Reference {
  $ref: string;
}

interface ContentObject {
  content?: Record<string, { schema: Schema; examples?: Record<string, { value: unknown }> }>;
}

interface OperationObject {
  operationId: string;
  tags: string[];
  summary: string;
  description: string;
  'x-scope'?: string;
  parameters?: (Parameter | Reference)[];
  requestBody?: ContentObject & { required?: boolean };
  responses: Record<string, (ContentObject & { description: string }) | Reference>;
}

export function operationsOf(contract: Contract): Operation[] {
  return Object.entries(contract.paths).flatMap(([path, item]) =>
    Object.entries(item).map(([method, operation]) => toOperation(contract, method.toUpperCase(), path, operation)),
  );
}

/** The webhooks by event type; their `path` is the receiver's own. */
export function webhooksOf(contract: Contract): [type: string, webhook: Operation][] {
  return Object.entries(contract.webhooks).map(([type, { post }]) => [type, toOperation(contract, 'POST', '', post)]);
}

function toOperation(contract: Contract, method: string, path: string, raw: OperationObject): Operation {
  const answers = Object.entries(raw.responses).map(([status, response]) => {
    const answer = followed(contract, response);
    return { status, description: answer.description, ...mediaOf(answer) };
  });
  const success = answers.find(({ status }) => status.startsWith('2'));
  if (!success) throw new Error(`${raw.operationId} documents no success`);
  const { media } = mediaOf(raw.requestBody ?? {});
  return {
    id: raw.operationId,
    method,
    path,
    tag: raw.tags[0] ?? '',
    summary: raw.summary,
    description: raw.description,
    scope: raw['x-scope'] ?? '',
    parameters: (raw.parameters ?? []).map((parameter) => followed(contract, parameter)),
    ...(media && { body: { ...media, required: raw.requestBody?.required === true } }),
    success,
    errors: answers.filter((answer) => answer !== success),
  };
}

function mediaOf({ content = {} }: ContentObject): { media?: Media } {
  const [entry] = Object.entries(content);
  if (!entry) return {};
  const [type, { schema, examples = {} }] = entry;
  return { media: { type, schema, examples: Object.entries(examples).map(([name, { value }]) => [name, value]) } };
}

/** The thing itself, or what its `$ref` (`#/components/…`) stands for. */
export function followed<Thing extends object>(contract: Contract, thing: Thing | Reference): Thing {
  if (!('$ref' in thing) || typeof thing.$ref !== 'string') return thing as Thing;
  const target = thing.$ref
    .split('/')
    .slice(1)
    .reduce<unknown>((node, key) => (node as Record<string, unknown>)[key], contract);
  if (!target) throw new Error(`The contract has no ${thing.$ref}`);
  return followed(contract, target as Thing);
}
