import type { Request, RequestHandler, Response } from 'express';
import { Refusal } from '../errors/refusal.ts';
import type { Route } from '../generated/handlers.gen.ts';
import { answerStream } from './answer-stream.ts';
import type { Authenticate } from './authenticate.ts';
import type { Caller, Context, HttpDeps, IdempotencyClaim } from './handler.ts';
import { handlers } from './handlers/index.ts';
import { claimOf, parseIdempotencyKey } from './idempotency-key.ts';

/** First of each route: who asks, may he, and has he quota left. Before the body is read. */
export function gate(route: Route, deps: HttpDeps, authenticate: Authenticate): RequestHandler {
  return async (request, response, next) => {
    const { rateLimit } = deps;
    let caller: Caller;
    try {
      const known = authenticate(request.headers.authorization);
      caller = known instanceof Promise ? await known : known;
    } catch (error) {
      // Guessing keys is limited by address; a right key is not slowed by somebody else's wrong ones.
      if (error instanceof Refusal && error.code === 'unauthenticated')
        await spend(response, rateLimit, `ip:${request.ip}`);
      throw error;
    }
    const quota = rateLimit.take(caller.tenant_id);
    limit(response, rateLimit, quota instanceof Promise ? await quota : quota);
    if (!mayUse(route, caller)) {
      throw new Refusal('forbidden', `This operation wants the scope ${wanted(route)}; the key has ${caller.scope}.`);
    }
    response.locals.caller = caller;
    next();
  };
}

function mayUse(route: Route, { scope }: Caller): boolean {
  return route.scope === 'any' || scope === 'full' || scope === route.scope;
}

function wanted(route: Route): string {
  return route.scope === 'full' ? '`full`' : `\`${route.scope}\` or \`full\``;
}

async function spend(response: Response, rateLimit: HttpDeps['rateLimit'], key: string): Promise<void> {
  limit(response, rateLimit, await rateLimit.take(key));
}

function limit(
  response: Response,
  { requests, window_s }: HttpDeps['rateLimit'],
  quota: { allowed: boolean; remaining: number; reset_s: number },
): void {
  response.setHeader('RateLimit-Policy', `"default";q=${requests};w=${window_s}`);
  response.setHeader('RateLimit', `"default";r=${quota.remaining};t=${quota.reset_s}`);
  if (!quota.allowed) {
    throw new Refusal(
      'rate-limited',
      `${requests} requests in ${window_s} s are allowed; retry after the time that Retry-After names.`,
      {
        retry_after_s: quota.reset_s,
      },
    );
  }
}

/** Last of each route: calls the operation's handler with the validated request and sends its reply. */
export function dispatch(route: Route, deps: HttpDeps): RequestHandler {
  const handler = handlers[route.operation] as (
    context: Context,
    request: unknown,
  ) => Promise<{ status: number; body?: unknown }>;
  return async (request, response) => {
    const context = contextOf(route, deps, request, response);
    const { body, params, query, headers } = request;
    const reply = await handler(context, { body, path: params, query, headers });
    if (context.replayed) response.setHeader('Idempotent-Replayed', 'true');
    await send(route, request, response, reply);
  };
}

function contextOf(route: Route, deps: HttpDeps, request: Request, response: Response): Context {
  let controller: AbortController | undefined;
  return {
    deps,
    caller: response.locals.caller as Caller,
    request_id: response.locals.request_id as string,
    idempotency: route.takesIdempotencyKey ? claim(route, request) : undefined,
    replayed: false,
    get signal() {
      if (!controller) {
        const ends = new AbortController();
        const end = () => ends.abort();
        deps.stopping.addEventListener('abort', end);
        response.once('close', () => {
          deps.stopping.removeEventListener('abort', end);
          end();
        });
        if (response.destroyed || deps.stopping.aborted) end();
        controller = ends;
      }
      return controller.signal;
    },
  };
}

function claim(route: Route, request: Request): IdempotencyClaim | undefined {
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
  } else if (route.produces === 'application/json') {
    response.status(status).json(body);
  } else {
    response
      .status(status)
      .setHeader('Content-Type', route.produces ?? 'application/octet-stream')
      .end(body);
  }
}
