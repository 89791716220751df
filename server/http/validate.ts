import { parse } from 'node:url';
import type { Request, RequestHandler, Response } from 'express';
import * as OpenApiValidator from 'express-openapi-validator';
import { invalid, Refusal } from '../errors/refusal.ts';
import type { Route } from '../generated/handlers.gen.ts';
import contract from '../generated/openapi.gen.json' with { type: 'json' };
import type { Fault } from '../generated/types.gen.ts';
import { isAddress, parseMailbox } from '../mail/address.ts';
import { isHeaderText } from '../mail/headers.ts';
import { isLarge } from './body.ts';
import { urlFaults } from './text-faults.ts';

/**
 * The library takes each request apart with the old `url.parse`, which looks at the call stack every time until its
 * deprecation has been told; that costs more than the parsing. Here it is told once, to nobody.
 */
function tellDeprecationOfUrlParse(): void {
  const { noDeprecation } = process;
  process.noDeprecation = true;
  parse('/');
  process.noDeprecation = noDeprecation ?? false;
}
tellDeprecationOfUrlParse();

export interface ValidateOptions {
  /** Also hold our own answers against the contract; one that breaks it becomes a loud 500. */
  responses: boolean;
}

/**
 * Rejects with a Refusal, or with what `refusalOfValidator` makes one of. `late` is told when our own answer breaks the
 * contract, which shows only when it is given.
 */
export type Validate = (request: Request, response: Response, late: (fault: unknown) => void) => Promise<void>;

/**
 * Requests of one operation against the contract's schemas, by express-openapi-validator. Each operation has a validator
 * of its own, which knows that operation alone: the library compares the path of every request with every path it knows.
 * It is made at the operation's first request, so that starting costs nothing; the process makes it once, however many
 * installations run in it.
 */
export function validator(route: Route, options: ValidateOptions): Validate {
  const all_faults = lazy(() => stepsOnce(route, options, true));
  const first_fault = lazy(() => stepsOnce(route, options, false));
  return async (request, response, late) => {
    const faults = urlFaults(request);
    if (faults.length) throw invalid(...faults);
    // Each fault costs memory, and a large body can hold millions.
    const steps = isLarge(request) ? first_fault() : all_faults();
    await passAll(steps, request, response, late);
  };
}

/** Resolves when the last step passes the request on; what a step finds after that, `late` is told. */
function passAll(steps: readonly RequestHandler[], ...[request, response, late]: Parameters<Validate>): Promise<void> {
  return new Promise((resolve, reject) => {
    let fail: (fault: unknown) => void = reject;
    const pass = (i: number): void => {
      const step = steps[i];
      if (step) return void step(request, response, (fault?: unknown) => (fault ? fail(fault) : pass(i + 1)));
      fail = late;
      resolve();
    };
    pass(0);
  });
}

function lazy<T>(make: () => T): () => T {
  let made: T | undefined;
  return () => {
    made ??= make();
    return made;
  };
}

/** By the operation, and what is asked of its validator: they know the contract and nothing of an installation. */
const made = new Map<string, RequestHandler[]>();

function stepsOnce(route: Route, options: ValidateOptions, all_faults: boolean): RequestHandler[] {
  const name = `${route.operation} ${options.responses} ${all_faults}`;
  const steps = made.get(name) ?? stepsFor(route, options, all_faults);
  made.set(name, steps);
  return steps;
}

function stepsFor(route: Route, { responses }: ValidateOptions, allErrors: boolean): RequestHandler[] {
  const steps = OpenApiValidator.middleware({
    apiSpec: documentOf(route) as never,
    validateApiSpec: false,
    validateSecurity: false,
    validateRequests: { allErrors, removeAdditional: false },
    validateResponses: responses && { removeAdditional: false },
    fileUploader: false,
    validateFormats: true,
    formats: {
      mailbox: (text: string) => parseMailbox(text) !== undefined,
      address: isAddress,
      'header-text': isHeaderText,
      'base64-content': isBase64,
      'content-type': (text: string) => CONTENT_TYPE.test(text),
      'content-id': (text: string) => CONTENT_ID.test(text),
      'date-time': isTime,
      // The handler says what is wrong with it.
      'idn-hostname': true,
      binary: true,
    },
    $refParser: { mode: 'dereference' },
  }) as RequestHandler[];
  // Security is the gate's, and path parameters are the router's: these two only pass the request on, at a cost.
  return steps
    .filter(({ name }) => name !== 'securityMiddleware' && name !== 'pathParamsMiddleware')
    .map((step) => (step.name === 'metadataMiddleware' ? metadataOnce(step) : step));
}

/** What the library notes on a request about its operation. */
interface Metadata {
  openapi?: { pathParams: object };
}

/**
 * The library compiles the path's pattern and matches it anew for each request. The router has done so already, and here
 * is but one operation: what the first request has found serves the others, with their own path parameters.
 */
function metadataOnce(find: RequestHandler): RequestHandler {
  let known: Metadata['openapi'];
  return (request, response, next) => {
    if (known) {
      Object.assign(request, { openapi: { ...known, pathParams: request.params } } satisfies Metadata);
      next();
      return;
    }
    void find(request, response, (error?: unknown) => {
      known = (request as Metadata).openapi;
      next(error);
    });
  };
}

interface Parameter {
  $ref?: string;
  in?: string;
}

/** The contract with this operation alone, and what it speaks of: the library walks through all there is for each answer. */
function documentOf({ path, method }: Route): object {
  const openapi_path = path.replaceAll(/:(\w+)/g, '{$1}');
  const paths = contract.paths as Record<string, Record<string, { parameters?: Parameter[] }>>;
  const operation = paths[openapi_path]?.[method];
  const { webhooks: _, components, ...rest } = contract;
  // Headers are read, and refused, by who needs them: `Idempotency-Key`, `Last-Event-ID`.
  const parameters = (operation?.parameters ?? []).map(resolved).filter((p) => p.in !== 'header');
  const itself = { ...operation, parameters };
  const paths_of_one = { [openapi_path]: { [method]: itself, ...(method === 'get' && { head: itself }) } };
  return { ...rest, paths: paths_of_one, components: spokenOf(paths_of_one, components) };
}

type Components = Record<string, Record<string, unknown>>;

/** Those that `part` refers to, and those that they refer to in turn. */
function spokenOf(part: unknown, components: Components): Components {
  const found: Components = {};
  const queue = [part];
  for (const next of queue) {
    for (const [, kind = '', name = ''] of JSON.stringify(next).matchAll(/"#\/components\/(\w+)\/(\w+)/g)) {
      if (found[kind]?.[name]) continue;
      found[kind] = { ...found[kind], [name]: components[kind]?.[name] };
      queue.push(found[kind][name]);
    }
  }
  return found;
}

/** `:` and `@` may stand in a query as they are (RFC 3986, 3.4); the library would have them percent-encoded. */
function resolved(parameter: Parameter): Parameter {
  const named: Record<string, Parameter> = contract.components.parameters;
  const meant = named[parameter.$ref?.split('/').at(-1) ?? ''] ?? parameter;
  return meant.in === 'query' ? ({ ...meant, allowReserved: true } as Parameter) : meant;
}

/** RFC 2045: type/subtype and parameters, on one line. */
const CONTENT_TYPE = /^[\w.+-]+\/[\w.+-]+(; ?[\w.+-]+=("[\x20\x21\x23-\x5b\x5d-\x7e]*"|[\w.+:/-]+))*$/;
const CONTENT_ID = /^[!-;=?-~]{1,255}$/;

/** Standard base64 with its padding; line breaks are tolerated as mail programs and shells put them in. */
function isBase64(text: string): boolean {
  const packed = /[\r\n]/.test(text) ? text.replaceAll(/\r?\n/g, '') : text;
  return packed.length % 4 === 0 && /^[A-Za-z0-9+/]*={0,2}$/.test(packed);
}

/** RFC 3339 as far as a Date holds it: a leap second has no place in one. */
const TIME = /^(\d{4}-\d\d-\d\d)T(?!24)\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/i;

function isTime(text: string): boolean {
  const day = TIME.exec(text)?.[1];
  if (day === undefined || Number.isNaN(Date.parse(text))) return false;
  // To Date, 30 February is 2 March.
  return new Date(`${day}T00:00:00Z`).toISOString().startsWith(day);
}

interface ValidatorError {
  status: number;
  message: string;
  path?: string;
  errors?: { path: string; message: string; errorCode?: string }[];
}

/** What the validator threw, as a refusal; undefined when it is something else (then it is our fault). */
export function refusalOfValidator(error: unknown): Refusal | undefined {
  const { status, errors = [], message = '', path } = (error ?? {}) as Partial<ValidatorError>;
  switch (status) {
    case 400: {
      if (error instanceof URIError) return new Refusal('invalid-request', 'The path is not percent-encoded UTF-8.');
      return invalid(...mergeFaults(errors.length ? errors : [{ path: path ?? '', message }]));
    }
    case 404:
      return new Refusal('not-found', 'There is no such path; see /docs for those that exist.');
    case 405:
      return new Refusal('method-not-allowed', 'This path exists, but not with this method; see /docs.');
    case 413:
      return new Refusal('payload-too-large', 'A request may have 25 MB in all.');
    case 415:
      return new Refusal('unsupported-media-type', `This operation takes another content type: ${message}.`);
    default:
      return undefined;
  }
}

/** One fault for each place; of an `anyOf`, its branches speak for it. */
function mergeFaults(errors: { path: string; message: string; errorCode?: string }[]): Fault[] {
  const faults = new Map<string, Fault>();
  const misnamed = new Set(errors.filter((e) => e.errorCode?.startsWith('propertyNames')).map((e) => e.path));
  const untyped = new Set<string>();
  for (const { path, message, errorCode = '' } of errors) {
    if (/^(anyOf|oneOf)\b/.test(errorCode) && errors.length > 1) continue;
    const pointer = pointerOf(path);
    const of_name = misnamed.has(path) && /^(min|max)Length\b/.test(errorCode);
    const detail = of_name ? `a name in it ${message}` : inWords(message);
    // Of a choice between types, the branch whose type it has knows more about it; a list of values is of every type.
    if (!faults.has(pointer) || (untyped.has(pointer) && !errorCode.startsWith('enum.')))
      faults.set(pointer, { pointer, detail });
    if (errorCode.startsWith('type.')) untyped.add(pointer);
    else untyped.delete(pointer);
  }
  for (const first of [...faults.keys()].filter((pointer) => pointer.endsWith('/body_text'))) {
    const second = first.replace(/text$/, 'html');
    if (faults.get(first)?.detail !== REQUIRED || faults.get(second)?.detail !== REQUIRED) continue;
    // Of these one is wanted; the schema's `anyOf` reports each as missing.
    faults.set(first, { pointer: first, detail: 'is required, unless body_html is given; both may be' });
    faults.delete(second);
  }
  return [...faults.values()];
}

const REQUIRED = 'is required';

/** `/body/to/0` → `/to/0`, `/query/limit` → `?limit`, `/params/id` → `{id}`, `/headers/name` → `name:`. */
function pointerOf(path: string): string {
  const [, place, ...rest] = path.split('/');
  const name = rest.join('/');
  switch (place) {
    case 'body':
      return name ? `/${name}` : '';
    case 'query':
      return `?${name}`;
    case 'params':
      return `{${name}}`;
    case 'headers':
      return `${name}:`;
    default:
      return path;
  }
}

const FORMATS: Record<string, string> = {
  mailbox: 'must be an email address such as ada@example.com or Ada <ada@example.com>',
  address: 'must be a bare email address such as ada@example.com',
  'header-text': 'must not hold line breaks or other control characters',
  'base64-content': 'must be standard base64 (A–Z a–z 0–9 + / with = padding)',
  'content-type': 'must be a media type such as application/pdf',
  'content-id': 'must be visible ASCII without < and >',
  'date-time': 'must be an RFC 3339 time such as 2026-01-31T12:00:00Z',
};

function inWords(message: string): string {
  const format = /^must match format "([\w-]+)"/.exec(message)?.[1];
  if (format && FORMATS[format]) return FORMATS[format];
  if (message.startsWith('must NOT have additional properties'))
    return 'is not a known field; check its spelling or leave it out';
  if (message.startsWith('Unknown query parameter')) return 'is not a known query parameter; leave it out';
  const missing = /^must have required property/.exec(message);
  return missing ? REQUIRED : message;
}
