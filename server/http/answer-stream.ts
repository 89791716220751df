import type { Request, Response } from 'express';

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
