import type { Operation } from './operations.ts';

const pascal = (id: string) => id[0]?.toUpperCase() + id.slice(1);

/** The server's side of the contract: an interface keyed by operation, and the routes to mount. */
export function emitHandlers(operations: Operation[]): string {
  const imports = operations.flatMap((o) => [`${pascal(o.id)}Data`, `${pascal(o.id)}Responses`]).sort();
  return `${HEADER}
import type {
${imports.map((name) => `  ${name},`).join('\n')}
} from './types.gen.ts';

/** What a handler is given: the validated parts of the request. */
export type RequestOf<Data> = {
  body: 'body' extends keyof Data ? Data['body'] : undefined;
  path: 'path' extends keyof Data ? Data['path'] : undefined;
  query: 'query' extends keyof Data ? NonNullable<Data['query']> : undefined;
  headers: 'headers' extends keyof Data ? NonNullable<Data['headers']> : undefined;
};

/** What a handler answers: one of the documented statuses with its own body. Problems are thrown as refusals. */
export type ReplyOf<Responses> = {
  [Status in keyof Responses]: void extends Responses[Status]
    ? { status: Status }
    : { status: Status; body: Responses[Status] };
}[keyof Responses];

export type HandlerOf<Context, Data, Responses> = (
  context: Context,
  request: RequestOf<Data>,
) => Promise<ReplyOf<Responses>>;

/** One handler for each operation: a missing or a surplus one does not compile. */
export interface Handlers<Context> {
${operations.map(member).join('\n')}
}

export interface Route {
  operation: keyof Handlers<unknown>;
  method: 'get' | 'post' | 'put' | 'patch' | 'delete';
  /** In Express's notation, below the base path. */
  path: string;
  scope: 'full' | 'send' | 'read' | 'any';
  takesIdempotencyKey: boolean;
  /** The media type of the request's body, if it has one. */
  consumes: string | undefined;
  /** The media type of the successful answer, if it has a body. */
  produces: string | undefined;
  bodyRequired: boolean;
}

export const routes: readonly Route[] = [
${operations.map(route).join('\n')}
];
`;
}

/** Answered as they are made, for they may be long or without an end. */
const STREAMED = ['text/event-stream', 'text/csv'];

const HEADER = '// Generated from spec/ by `npm run generate`. Do not edit.';

function member(o: Operation): string {
  const name = pascal(o.id);
  const data =
    o.requestBody && o.requestBody.model === undefined
      ? `Omit<${name}Data, 'body'> & { body: Uint8Array }`
      : `${name}Data`;
  return `  /** ${o.method.toUpperCase()} ${o.path}: ${o.summary}. */\n  ${o.id}: HandlerOf<Context, ${data}, ${responses(o, name)}>;`;
}

function responses(o: Operation, name: string): string {
  if (STREAMED.includes(o.success.mediaType ?? '')) return `{ ${o.success.status}: AsyncIterable<string> }`;
  if (o.success.mediaType === 'message/rfc822') return `{ ${o.success.status}: Uint8Array }`;
  return `${name}Responses`;
}

function route(o: Operation): string {
  const quote = (value: string | undefined) => (value === undefined ? 'undefined' : `'${value}'`);
  return `  { operation: '${o.id}', method: '${o.method}', path: '${o.path.replaceAll(/\{(\w+)\}/g, ':$1')}', scope: '${o.scope}', takesIdempotencyKey: ${o.takesIdempotencyKey}, consumes: ${quote(o.requestBody?.mediaType)}, produces: ${quote(o.success.mediaType)}, bodyRequired: ${o.requestBody?.required ?? false} },`;
}
