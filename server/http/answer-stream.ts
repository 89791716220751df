import type { Request, Response } from 'express';
import type { Route } from '../generated/handlers.gen.ts';

/** Sends server-sent events as they come, and no faster than the client reads them. */
export async function answerStream(request: Request, response: Response, chunks: AsyncIterable<string>): Promise<void> {
  response.writeHead(200, {
    'Content-Type': 'text/event-stream; charset=utf-8',
    'Cache-Control': 'no-store',
    // Proxies that buffer would hold events back.
    'X-Accel-Buffering': 'no',
  });
  response.flushHeaders();
  request.socket.setNoDelay(true);
  request.socket.setTimeout(0);
  for await (const chunk of chunks) {
    if (response.destroyed) break;
    if (!response.write(chunk) && !response.destroyed) await drained(response);
  }
  response.end();
}

/** Sends a file as it is made. Nothing is said before its first piece is there, so what fails at once is a problem. */
export async function answerFile(
  response: Response,
  { produces, path }: Pick<Route, 'produces' | 'path'>,
  chunks: AsyncIterable<string>,
): Promise<void> {
  const iterator = chunks[Symbol.asyncIterator]();
  let next = await iterator.next();
  const name = path.split('/').find((part) => part !== '');
  response.writeHead(200, {
    'Content-Type': `${produces}; charset=utf-8`,
    'Content-Disposition': `attachment; filename="${name}.csv"`,
    'Cache-Control': 'no-store',
  });
  for (; !next.done && !response.destroyed; next = await iterator.next()) {
    if (response.req.method === 'HEAD') break;
    if (!response.write(next.value) && !response.destroyed) await drained(response);
  }
  response.end();
}

/** Resolves when the client has read on, or has gone. */
function drained(response: Response): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      response.off('drain', done).off('close', done);
      resolve();
    };
    response.on('drain', done).on('close', done);
  });
}
