import { once } from 'node:events';
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
    if (!response.write(chunk)) await Promise.race([once(response, 'drain'), once(response, 'close')]);
  }
  response.end();
}
