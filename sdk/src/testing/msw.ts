import { KoltrixError } from '../errors/koltrix-error.ts';
import { operations } from './generated/operations.gen.ts';

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

export interface Listening {
  close: () => void;
}

/** Answers the requests of this process through `msw/node`, which the project has to have installed. */
export async function listen(
  baseUrl: string,
  answer: Answer,
  onUnhandledRequest: 'bypass' | 'warn' | 'error',
): Promise<Listening> {
  const [{ http }, { setupServer }] = await Promise.all([import('msw'), import('msw/node')]).catch((cause) => {
    throw new KoltrixError('listen() needs msw: npm install --save-dev msw; or pass mock.fetch to the client', {
      cause,
    });
  });
  const server = setupServer(...handlersOf(http, baseUrl, answer));
  // The option's name before msw 3, and since.
  server.listen({ onUnhandledRequest, onUnhandledFrame: onUnhandledRequest } as object);
  return server;
}
