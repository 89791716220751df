import {
  type Document,
  type Header,
  type Media,
  type Parameter,
  type RawAnswer,
  type RawBody,
  resolve,
  type Schema,
  step,
} from './document.ts';
import { flatten } from './flatten.ts';

export interface Answer {
  headers: Record<string, Schema>;
  content: Record<string, Media>;
  /** JSON pointer into the contract. */
  place: string;
}

export interface Body {
  required: boolean;
  media_type: string;
  schema: Schema;
  examples: [name: string, value: unknown][];
  place: string;
}

export interface Operation {
  id: string;
  /** In capitals. */
  method: string;
  /** With placeholders, as `/emails/{email_id}`. */
  path: string;
  /** Undefined: the contract does not say. `any`: every key. */
  scope: string | undefined;
  open: boolean;
  parameters: Parameter[];
  body: Body | undefined;
  answers: Record<string, Answer>;
  place: string;
}

export interface Contract {
  document: Document;
  version: string;
  /** What stands before every path: `/api/v2`. */
  base_path: string;
  operations: Operation[];
  /** What the contract's examples say of each problem code. */
  problems: Map<string, { status: number; retryable: boolean }>;
}

const METHODS = ['get', 'put', 'post', 'patch', 'delete'];
export const IDEMPOTENCY_KEY = 'idempotency-key';

export function readContract(document: Document): Contract {
  const operations = Object.entries(document.paths).flatMap(([path, item]) =>
    METHODS.filter((method) => item[method]).map((method) => operationOf(document, path, method)),
  );
  return {
    document,
    version: document.info.version,
    base_path: new URL(document.servers?.[0]?.url ?? '/', 'http://any').pathname.replace(/\/$/, ''),
    operations,
    problems: problemsIn(operations),
  };
}

function operationOf(document: Document, path: string, method: string): Operation {
  const raw = document.paths[path]?.[method];
  if (!raw) throw new Error(`no ${method} ${path}`);
  const place = `#/paths/${step(path)}/${method}`;
  const answers = Object.entries(raw.responses).map(([status, answer]) => [
    status,
    answerOf(document, resolve<RawAnswer>(document, answer, `${place}/responses/${status}`)),
  ]);
  return {
    id: raw.operationId,
    method: method.toUpperCase(),
    path,
    scope: raw['x-scope'],
    open: raw.security?.length === 0,
    parameters: (raw.parameters ?? []).map((p, i) => resolve<Parameter>(document, p, `${place}/parameters/${i}`).value),
    body: raw.requestBody && bodyOf(resolve<RawBody>(document, raw.requestBody, `${place}/requestBody`)),
    answers: Object.fromEntries(answers),
    place,
  };

  function answerOf(root: Document, { value, place: at }: { value: RawAnswer; place: string }): Answer {
    const headers = Object.entries(value.headers ?? {}).map(([name, header]) => [
      name,
      resolve<Header>(root, header, at).value.schema ?? {},
    ]);
    return { headers: Object.fromEntries(headers), content: value.content ?? {}, place: at };
  }
}

function bodyOf({ value, place }: { value: RawBody; place: string }): Body | undefined {
  const [media_type, media] = Object.entries(value.content)[0] ?? [];
  if (media_type === undefined) return undefined;
  return {
    required: value.required === true,
    media_type,
    schema: media?.schema ?? {},
    examples: Object.entries(media?.examples ?? {}).map(([name, example]) => [name, example.value]),
    place: `${place}/content/${step(media_type)}/schema`,
  };
}

function problemsIn(operations: Operation[]): Contract['problems'] {
  const problems: Contract['problems'] = new Map();
  const medias = operations.flatMap(({ answers }) =>
    Object.values(answers).flatMap(({ content }) => Object.values(content)),
  );
  for (const { value } of medias.flatMap(({ examples = {} }) => Object.values(examples))) {
    const { code, status, retryable } = (value ?? {}) as { code?: unknown; status?: unknown; retryable?: unknown };
    if (typeof code === 'string' && typeof status === 'number' && typeof retryable === 'boolean')
      problems.set(code, { status, retryable });
  }
  return problems;
}

/** The answer that says that all went well: its status and what its body is. */
export function successOf({
  answers,
}: Pick<Operation, 'answers'>): { status: number; answer: Answer; schema: Schema | undefined } | undefined {
  const [status, answer] = Object.entries(answers).find(([code]) => code.startsWith('2')) ?? [];
  return answer && { status: Number(status), answer, schema: answer.content['application/json']?.schema };
}

export const takesKey = ({ parameters }: Operation) =>
  parameters.some((p) => p.in === 'header' && p.name.toLowerCase() === IDEMPOTENCY_KEY);

export const pathParameters = ({ parameters }: Operation) => parameters.filter((p) => p.in === 'path');
export const queryParameters = ({ parameters }: Operation) => parameters.filter((p) => p.in === 'query');

export const isStream = (operation: Operation) =>
  successOf(operation)?.answer.content['text/event-stream'] !== undefined;

/** What an item of a list is; undefined when the operation is no list of pages. */
export function itemOf(document: Document, operation: Operation): Schema | undefined {
  const schema = successOf(operation)?.schema;
  if (!schema || operation.method !== 'GET') return undefined;
  const { properties = {} } = flatten(document, schema);
  return properties.next_cursor && properties.data ? flatten(document, properties.data).items : undefined;
}
