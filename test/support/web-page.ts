import { readFile } from 'node:fs/promises';
import { createServer, request as httpRequest, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join, normalize } from 'node:path';

export interface WebSite extends AsyncDisposable {
  origin: string;
}

const types: Record<string, string> = { js: 'text/javascript', map: 'application/json', json: 'application/json' };

/**
 * A site as an application deploys it: an empty page, the built package's files below `/koltrix/`, and Koltrix behind the
 * same origin below `/api/`.
 */
export async function givenWebSite(files: string, koltrix_url: string): Promise<WebSite> {
  const server = createServer(async (request, response) => {
    const path = new URL(request.url ?? '/', 'http://site').pathname;
    if (path.startsWith('/api/')) return passOn(request, response, koltrix_url);
    if (!path.startsWith('/koltrix/')) {
      response.writeHead(200, { 'content-type': 'text/html' }).end('<!doctype html><link rel="icon" href="data:,">');
      return;
    }
    const file = join(files, normalize(path.slice('/koltrix'.length)));
    const text = await readFile(file, 'utf8').catch(() => undefined);
    const type = types[file.split('.').at(-1) ?? ''] ?? 'text/plain';
    response.writeHead(text === undefined ? 404 : 200, { 'content-type': type }).end(text);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function passOn(incoming: IncomingMessage, outgoing: ServerResponse, koltrix_url: string): void {
  const { method = 'GET', headers, url = '/' } = incoming;
  const onward = httpRequest(new URL(url, koltrix_url), { method, headers }, (answer) => {
    outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
    answer.pipe(outgoing);
  });
  onward.on('error', () => outgoing.destroy());
  outgoing.on('close', () => onward.destroy());
  incoming.pipe(onward);
}
