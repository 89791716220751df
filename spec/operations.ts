/** The contract's operations as the emitters need them. */
export interface Operation {
  id: string;
  method: 'get' | 'post' | 'put' | 'patch' | 'delete';
  /** OpenAPI form: `/emails/{email_id}`. */
  path: string;
  tag: string;
  summary: string;
  description: string;
  /** `send`, `read`, `full`, or `any` for every key. */
  scope: string;
  takesIdempotencyKey: boolean;
  pathParameters: string[];
  queryParameters: { name: string; required: boolean }[];
  headerParameters: string[];
  /** `model` is the name of the schema, where the media type has one. */
  requestBody?: { mediaType: string; required: boolean; model: string | undefined };
  success: { status: number; mediaType: string | undefined; model: string | undefined };
}

interface Parameter {
  name: string;
  in: string;
  required?: boolean;
}

export interface Bundle {
  info: { version: string };
  paths: Record<string, Record<string, unknown>>;
  webhooks: Record<string, unknown>;
  components: { parameters: Record<string, Parameter>; schemas: Record<string, unknown> };
}

type Content = Record<string, { schema?: { $ref?: string } }>;

interface RawOperation {
  operationId: string;
  tags: string[];
  summary: string;
  description: string;
  'x-scope': string;
  parameters?: (Parameter | { $ref: string })[];
  requestBody?: { required?: boolean; content: Content };
  responses: Record<string, { content?: Content }>;
}

const METHODS = ['get', 'post', 'put', 'patch', 'delete'] as const;

export function operationsOf(bundle: Bundle): Operation[] {
  const operations: Operation[] = [];
  for (const [path, item] of Object.entries(bundle.paths)) {
    for (const method of METHODS) {
      const raw = item[method] as RawOperation | undefined;
      if (raw) operations.push(toOperation(bundle, method, path, raw));
    }
  }
  return operations;
}

function toOperation(bundle: Bundle, method: Operation['method'], path: string, raw: RawOperation): Operation {
  const parameters = (raw.parameters ?? []).map((p) =>
    '$ref' in p ? (bundle.components.parameters[p.$ref.split('/').at(-1) as string] as Parameter) : p,
  );
  const of = (place: string) => parameters.filter((p) => p.in === place);
  const [status, success] = Object.entries(raw.responses).find(([code]) => code.startsWith('2')) as [
    string,
    { content?: Content },
  ];
  return {
    id: raw.operationId,
    method,
    path,
    tag: raw.tags[0] as string,
    summary: raw.summary,
    description: raw.description.trim(),
    scope: raw['x-scope'],
    takesIdempotencyKey: parameters.some((p) => p.name === 'Idempotency-Key'),
    pathParameters: of('path').map((p) => p.name),
    queryParameters: of('query').map((p) => ({ name: p.name, required: p.required === true })),
    headerParameters: of('header').map((p) => p.name),
    ...(raw.requestBody && {
      requestBody: {
        mediaType: Object.keys(raw.requestBody.content)[0] as string,
        required: raw.requestBody.required === true,
        model: modelIn(raw.requestBody.content),
      },
    }),
    success: {
      status: Number(status),
      mediaType: Object.keys(success.content ?? {})[0],
      model: modelIn(success.content),
    },
  };
}

function modelIn(content: Content = {}): string | undefined {
  return Object.values(content)[0]?.schema?.$ref?.split('/').at(-1);
}
