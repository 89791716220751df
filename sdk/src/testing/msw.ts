import { operations } from './generated/operations.gen.ts';
import type { Listening } from './global-fetch.ts';

/** The part of msw's `http` that is needed; its own fits, of every version since 2. */
export interface MswHttp<Handler> {
  all: (path: string, resolver: (info: { request: Request }) => Promise<Response>) => Handler;
}

type Answer = (request: Request) => Promise<Response>;

/** A handler for each path of the contract, and one for what is not in it, which Koltrix answers with 404. */
export function handlersOf<Handler>(http: MswHttp<Handler>, baseUrl: string, answer: Answer): Handler[] {
  const paths = new Set(operations.map(({ path }) => path.replaceAll(/\{(\w+)\}/g, ':$1')));
  return [...paths, '/*'].map((path) => http.all(`${baseUrl}${path}`, ({ request }) => answer(request)));
}

/** Answers the requests of this process through `msw/node`. Undefined where it is not installed, or cannot be loaded. */
export async function listenByMsw(
  baseUrl: string,
  answer: Answer,
  onUnhandledRequest: 'bypass' | 'warn' | 'error',
): Promise<Listening | undefined> {
  // A bundler that does not find it must leave it to the moment of the call, as it does with what is caught on the spot.
  const core = await import(/* webpackIgnore: true */ 'msw').catch(() => undefined);
  const node = await import(/* webpackIgnore: true */ 'msw/node').catch(() => undefined);
  if (!core || !node) return undefined;
  const server = node.setupServer(...handlersOf(core.http, baseUrl, answer));
  // The option's name before msw 3, and since.
  server.listen({ onUnhandledRequest, onUnhandledFrame: onUnhandledRequest } as object);
  return server;
}
