import express, { type Request, type RequestHandler, type Response } from 'express';
import type { Route } from '../generated/handlers.gen.ts';
import { answerFile, answerStream } from './answer-stream.ts';
import type { Caller, Context, HttpDeps, IdempotencyClaim } from './handler.ts';
import { handlers } from './handlers/index.ts';
import { claimOf, parseIdempotencyKey } from './idempotency-key.ts';

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
