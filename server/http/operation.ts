import express, { type Request, type RequestHandler, type Response } from 'express';
import type { Route } from '../generated/handlers.gen.ts';
import { answerFile, answerStream } from './answer-stream.ts';
import type { Authenticate } from './authenticate.ts';
import { bodyReader } from './body.ts';
import { gate } from './gate.ts';
import type { Caller, Context, HttpDeps, IdempotencyClaim } from './handler.ts';
import { handlers } from './handlers/index.ts';
import { claimOf, parseIdempotencyKey } from './idempotency-key.ts';
import { type ValidateOptions, validator } from './validate.ts';

interface OperationDeps {
  deps: HttpDeps;
  authenticate: Authenticate;
  validation: ValidateOptions;
}

/**
 * One operation of the contract, from the first look at a request to its answer. One handler rather than a middleware for
 * each step: every step of Express costs a closure and, where it waits, two promises.
 */
export function operation(route: Route, { deps, authenticate, validation }: OperationDeps): RequestHandler {
  const admit = gate(route, deps, authenticate);
  const readBody = bodyReader(route);
  const validate = validator(route, validation);
  const handle = handlers[route.operation] as (
    context: Context,
    request: unknown,
  ) => Promise<{ status: number; body?: unknown }>;
  return async (request, response, next) => {
    const caller = await admit(request, response);
    await readBody(request, response);
    await validate(request, response, next);
    const { body, params, query, headers } = request;
    const claim = route.takesIdempotencyKey ? claimIn(route, request) : undefined;
    const context = new RequestContext(deps, caller, claim, response);
    const reply = await handle(context, { body, path: params, query, headers });
    if (context.replayed) response.setHeader('Idempotent-Replayed', 'true');
    await send(route, request, response, reply);
  };
}

class RequestContext implements Context {
  readonly deps: HttpDeps;
  readonly caller: Caller;
  readonly idempotency: IdempotencyClaim | undefined;
  replayed = false;
  readonly #response: Response;
  #signal: AbortSignal | undefined;

  constructor(deps: HttpDeps, caller: Caller, idempotency: IdempotencyClaim | undefined, response: Response) {
    this.deps = deps;
    this.caller = caller;
    this.idempotency = idempotency;
    this.#response = response;
  }

  get signal(): AbortSignal {
    // Nobody who asks by HEAD waits for what is to come.
    this.#signal ??=
      this.#response.req.method === 'HEAD' ? AbortSignal.abort() : endOf(this.#response, this.deps.stopping);
    return this.#signal;
  }
}

/** Aborted when the client goes away or the server stops. */
function endOf(response: Response, stopping: AbortSignal): AbortSignal {
  const ends = new AbortController();
  const end = () => ends.abort();
  stopping.addEventListener('abort', end);
  response.once('close', () => {
    stopping.removeEventListener('abort', end);
    end();
  });
  if (response.destroyed || stopping.aborted) end();
  return ends.signal;
}

function claimIn(route: Route, request: Request): IdempotencyClaim | undefined {
  const header = request.headers['idempotency-key'];
  if (header === undefined) return undefined;
  const key = parseIdempotencyKey(String(header));
  return claimOf(key, route.operation, { path: request.params, query: request.query, body: request.body });
}

async function send(
  route: Route,
  request: Request,
  response: Response,
  { status, body }: { status: number; body?: unknown },
): Promise<void> {
  if (body === undefined) {
    response.status(status).end();
  } else if (route.produces === 'text/event-stream') {
    await answerStream(request, response, body as AsyncIterable<string>);
  } else if (route.produces === 'text/csv') {
    await answerFile(response, route, body as AsyncIterable<string>);
  } else if (route.produces === 'application/json') {
    sendJson(response, status, body);
  } else {
    response
      .status(status)
      .setHeader('Content-Type', route.produces ?? 'application/octet-stream')
      .end(body);
  }
}

/** Without `response.json`'s look at ETags and settings; that one serves where our answers are held against the contract. */
function sendJson(response: Response, status: number, body: unknown): void {
  if (response.json !== express.response.json) {
    response.status(status).json(body);
    return;
  }
  const text = JSON.stringify(body);
  response.writeHead(status, {
    'Content-Type': 'application/json; charset=utf-8',
    'Content-Length': Buffer.byteLength(text),
  });
  response.end(text);
}
