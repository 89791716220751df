import express, { type Express } from 'express';
import { Refusal } from '../errors/refusal.ts';
import { type Route, routes } from '../generated/handlers.gen.ts';
import { showId } from '../store/ids.ts';
import { answerProblems } from './answer.ts';
import { createAuthenticate } from './authenticate.ts';
import { docsRouter } from './docs/index.ts';
import { gateStrangers } from './gate.ts';
import type { HttpDeps } from './handler.ts';
import { operation } from './operation.ts';
import { refuseMethod } from './refuse-method.ts';
import { trackingRouter } from './tracking/router.ts';

export interface AppOptions {
  /** Hold our answers against the contract (development and tests). */
  validate_responses: boolean;
  /** Where callers find the server; the samples in the docs use it. */
  public_url: string | undefined;
}

export const BASE_PATH = '/api/v2';

/** The HTTP door: the contract's operations, its documents, and nothing else. */
export function createApp(deps: HttpDeps, { validate_responses, public_url }: AppOptions): Express {
  const app = express();
  app.disable('x-powered-by').disable('etag').enable('case sensitive routing').set('query parser', 'simple');
  app.use((request, response, next) => {
    const request_id = showId('req', deps.newId());
    response.locals.request_id = request_id;
    response.setHeader('X-Request-Id', request_id);
    requireHost(request);
    parseQueryOnce(request);
    next();
  });
  mountApi(app, deps, validate_responses);
  app.use(trackingRouter(deps.tracking, deps.log));
  app.use(docsRouter(public_url === undefined ? {} : { public_url }));
  app.use(() => {
    throw new Refusal('not-found', 'There is no such path; see /docs for those that exist.');
  });
  app.use(answerProblems(deps.log));
  return app;
}

/** RFC 9112, 3.2: exactly one. Node would refuse none, too, but without a word. */
function requireHost({ headers: { host }, httpVersion }: express.Request): void {
  if (host === undefined ? httpVersion === '1.1' : host.includes(','))
    throw new Refusal('invalid-request', 'HTTP/1.1 wants the header `Host`, once.');
}

/** Express parses the query string anew each time somebody looks at it; the validator looks often. */
function parseQueryOnce(request: express.Request): void {
  const value = request.url.includes('?') ? request.query : {};
  Object.defineProperty(request, 'query', { value, writable: true, configurable: true, enumerable: true });
}

/** On the app itself: a router of its own would be one more to walk through for each request. */
function mountApi(app: Express, deps: HttpDeps, validate_responses: boolean): void {
  const shared = { deps, authenticate: createAuthenticate(deps), validation: { responses: validate_responses } };
  const strangers = gateStrangers(deps);
  for (const [path, ofPath] of Map.groupBy(inMatchingOrder(routes), (route) => route.path)) {
    const refuse = refuseMethod(ofPath.map((route) => route.method.toUpperCase()));
    // One route for all methods of a path, so that it is matched once.
    const mounted = app.route(`${BASE_PATH}${path}`);
    for (const route of ofPath) mounted[route.method](operation(route, shared));
    mounted.all(strangers, refuse);
  }
  app.use(BASE_PATH, strangers);
}

/** Express takes the first that matches: fixed paths before those with parameters. */
function inMatchingOrder(all: readonly Route[]): Route[] {
  return [...all].sort((a, b) => Number(a.path.includes(':')) - Number(b.path.includes(':')));
}
