import { readBody } from './body.ts';
import type { Context } from './context.ts';
import { type Faults, refusalOf } from './faults.ts';
import { authenticate, authorize } from './gate.ts';
import type { Operation, OperationName } from './generated/operations.gen.ts';
import { claimOf, parseIdempotencyKey } from './idempotency.ts';
import { behaviours } from './operations/index.ts';
import { problemResponse, Refusal } from './problem.ts';
import { match } from './router.ts';
import { validate } from './validate.ts';
import type { World } from './world.ts';

/** A request that the mock got, and what it answered. */
export interface MockRequest {
  /** As in the SDK, `emails.send`; undefined for a path that is not Koltrix's. */
  operation: OperationName | undefined;
  method: string;
  /** Below the base path, with its query. */
  path: string;
  headers: Headers;
  /** The value of JSON, or the bytes of a raw message. */
  body: unknown;
  /** Undefined while it is under way, and when nothing was answered. */
  status: number | undefined;
}

/** What an exchange needs of the mock. */
export interface Host {
  world: World;
  faults: Faults;
  /** Takes every API key that it does not know for the account's first one. */
  isOpen: boolean;
  requests: MockRequest[];
  quota: (world: World, headers: Headers) => void;
  latencyOf: (operation: Operation) => number;
}

/** The connection is to break, as `fetch` reports it. */
export class BrokenConnection extends TypeError {
  constructor(why: string) {
    super('fetch failed', { cause: new Error(why) });
  }
}

/** One request and its answer. Throws a BrokenConnection, or the signal's reason. */
export async function exchange(host: Host, request: Request, signal: AbortSignal): Promise<Response> {
  const { world } = host;
  const url = new URL(request.url);
  const [, path] = /\/api\/v2(\/.*)?$/.exec(url.pathname) ?? [];
  const headers = new Headers({ 'x-request-id': world.newId('req') });
  const noted = note(host, request, (path ?? url.pathname) + url.search);
  world.clock.runDue();
  let answer: Response;
  try {
    answer = await answerTo(host, { request, url, path: path ?? '', headers, signal, noted });
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    answer = problemResponse(error, url.pathname, headers);
  }
  if (request.method === 'HEAD') answer = await withoutBody(answer);
  noted.status = answer.status;
  world.clock.runDue();
  world.changed();
  return answer;
}

async function withoutBody(answer: Response): Promise<Response> {
  await answer.body?.cancel();
  return new Response(null, answer);
}

function note({ requests }: Host, { method, headers }: Request, path: string): MockRequest {
  const noted: MockRequest = { operation: undefined, method, path, headers, body: undefined, status: undefined };
  requests.push(noted);
  return noted;
}

interface Incoming {
  request: Request;
  url: URL;
  path: string;
  headers: Headers;
  signal: AbortSignal;
  noted: MockRequest;
}

async function answerTo(host: Host, incoming: Incoming): Promise<Response> {
  const { request, path, headers, noted } = incoming;
  let found: ReturnType<typeof match>;
  try {
    found = match(request.method, path);
  } catch (error) {
    host.quota(host.world, headers);
    throw error;
  }
  const { operation } = found;
  noted.operation = operation.name;
  const fault = host.faults.take(operation);
  if (!fault) return carryOut(host, incoming, found);
  if (!('network' in fault)) {
    host.quota(host.world, headers);
    noted.body = await readBody(operation, request.clone() as Request).catch(() => undefined);
    const refusal = refusalOf(fault, operation);
    if (refusal) throw refusal;
    return proxyPage(fault.status as number);
  }
  if (fault.network === 'refused') throw new BrokenConnection('the mock was told to refuse the connection');
  if (fault.network === 'silence') return aborted(incoming.signal);
  await carryOut(host, incoming, found).catch(() => {});
  host.world.clock.runDue();
  host.world.changed();
  throw new BrokenConnection('the mock was told to lose the answer');
}

/** What answers in the place of a server that is away. */
function proxyPage(status: number): Response {
  const html = `<html><head><title>${status}</title></head><body><h1>${status}</h1></body></html>`;
  return new Response(html, { status, headers: { 'content-type': 'text/html' } });
}

export function aborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    const give = () => reject(signal.reason);
    if (signal.aborted) give();
    else signal.addEventListener('abort', give, { once: true });
  });
}

async function carryOut(host: Host, incoming: Incoming, found: ReturnType<typeof match>): Promise<Response> {
  const { world } = host;
  const { request, url, headers, signal, noted } = incoming;
  const { operation, path } = found;
  host.quota(world, headers);
  const caller = authenticate(world, request.headers.get('authorization'), host.isOpen);
  authorize(operation, caller);
  const body = await readBody(operation, request);
  noted.body = body;
  const query = validate(operation, { path, search: url.searchParams, body });
  const key = operation.takesIdempotencyKey ? request.headers.get('idempotency-key') : null;
  const claim = key === null ? undefined : claimOf(parseIdempotencyKey(key), operation.id, { path, query, body });
  const latency = () => pause(host.latencyOf(operation), signal);
  const context: Context = {
    world,
    caller,
    claim,
    latency,
    replayed: false,
    headers: request.headers,
    // Nobody who asks by HEAD waits for what is to come.
    signal: request.method === 'HEAD' ? AbortSignal.abort() : signal,
  };
  const behaviour = behaviours[operation.id] as Behave | undefined;
  if (!operation.takesIdempotencyKey) await latency();
  const reply = behaviour
    ? await behaviour(context, { path, query, body })
    : { status: operation.status, body: await exampleOf(operation) };
  if (context.replayed) headers.set('idempotent-replayed', 'true');
  return asResponse(operation, reply, headers);
}

/** Apart from the rest: they are large, and seldom needed. */
async function exampleOf({ id }: Operation): Promise<unknown> {
  return (await import('./generated/examples.gen.ts')).examples[id];
}

type Behave = (context: Context, request: object) => Reply | Promise<Reply>;

interface Reply {
  status: number;
  body?: unknown;
}

async function pause(duration_ms: number, signal: AbortSignal): Promise<void> {
  if (duration_ms <= 0) return;
  let timer: ReturnType<typeof setTimeout> | undefined;
  const over = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, duration_ms);
  });
  await Promise.race([over, aborted(signal)]).finally(() => clearTimeout(timer));
}

function asResponse({ produces }: Operation, { status, body }: Reply, headers: Headers): Response {
  if (body === undefined) return new Response(null, { status, headers });
  if (produces === 'text/event-stream') headers.set('cache-control', 'no-store');
  if (produces === 'text/csv') headers.set('content-disposition', 'attachment; filename="suppressions.csv"');
  const isText = produces !== 'message/rfc822';
  headers.set('content-type', `${produces}${isText ? '; charset=utf-8' : ''}`);
  const content = produces === 'application/json' ? JSON.stringify(body) : (body as BodyInit);
  return new Response(content, { status, headers });
}
