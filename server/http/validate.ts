import { parse } from 'node:url';
import type { Request, RequestHandler, Response } from 'express';
import * as OpenApiValidator from 'express-openapi-validator';
import { invalid, Refusal } from '../errors/refusal.ts';
import type { Route } from '../generated/handlers.gen.ts';
import type { Fault } from '../generated/types.gen.ts';
import { isLarge } from './body.ts';
import { type BodyCheck, bodyCheck } from './body-check.ts';
import { formats } from './formats.ts';
import { bodyOf, documentOf } from './operation-document.ts';
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
 * Throws a Refusal, or what `refusalOfValidator` makes one of, or rejects with it. `late` is told when our own answer
 * breaks the contract, which shows only when it is given.
 */
export type Validate = (
  request: Request,
  response: Response,
  late: (fault: unknown) => void,
) => Promise<void> | undefined;

/**
 * Requests of one operation against the contract's schemas, by express-openapi-validator. Each operation has a validator
 * of its own, which knows that operation alone: the library compares the path of every request with every path it knows.
 * It is made at the operation's first request, so that starting costs nothing; the process makes it once, however many
 * installations run in it.
 */
export function validator(route: Route, options: ValidateOptions): Validate {
  const all_faults = lazy(() => stepsOnce(route, options, true));
  const first_fault = lazy(() => stepsOnce(route, options, false));
  const obeys = hasOnlyBody(route) ? lazy(() => bodyCheckOnce(route)) : undefined;
  return (request, response, late) => {
    const faults = urlFaults(request);
    if (faults.length) throw invalid(...faults);
    // Each fault costs memory, and a large body can hold millions.
    const steps = isLarge(request) ? first_fault : all_faults;
    const obeying = obeys && !request.originalUrl.includes('?') ? obeys() : undefined;
    if (!obeying) return passAll(steps(), request, response, late);
    if (options.responses) return passBoth(obeying, steps(), request, response, late);
    return obeying(request.body) ? undefined : passAll(steps(), request, response, late);
  };
}

/** Where nothing but a body in JSON can be wrong, a short look at it comes first; the library tells what is wrong with it. */
function hasOnlyBody({ path, consumes, bodyRequired }: Route): boolean {
  return consumes === 'application/json' && bodyRequired && !path.includes(':');
}

/** Whoever has our answers held against the contract has the short look held against the library as well. */
async function passBoth(obeying: BodyCheck, ...[steps, request, response, late]: Parameters<typeof passAll>) {
  const obeys = obeying(request.body);
  const refused = await passAll(steps, request, response, late).then(
    () => undefined,
    (fault: unknown) => fault ?? 'refused',
  );
  if (obeys !== (refused === undefined))
    throw new Error(`the short look ${obeys ? 'takes' : 'refuses'} what the validator does not`, { cause: refused });
  if (refused !== undefined) throw refused;
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
    formats,
    $refParser: { mode: 'dereference' },
  }) as RequestHandler[];
  // Security is the gate's, and path parameters are the router's: these two only pass the request on, at a cost.
  return steps
    .filter(({ name }) => name !== 'securityMiddleware' && name !== 'pathParamsMiddleware')
    .map((step) => (step.name === 'metadataMiddleware' ? metadataOnce(step) : step));
}

const checks = new Map<string, BodyCheck>();

function bodyCheckOnce(route: Route): BodyCheck {
  const check = checks.get(route.operation) ?? bodyCheck(documentOf(route), bodyOf(route), formats);
  checks.set(route.operation, check);
  return check;
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
