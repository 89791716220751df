import { once } from 'node:events';
import { createServer } from 'node:https';
import { VOUCHED_FOR } from './authority.ts';
import type { Internet } from './direct.ts';
import { freePort } from './free-port.ts';

/** A web server that gives out MTA-STS policies by the name it is called by. */
export interface StsPolicies extends AsyncDisposable {
  port: number;
  /** By host name; one that begins with `https:` is answered by a redirect there. */
  texts: Map<string, string>;
  /** Every request so far, as `mta-sts.acme.example/.well-known/mta-sts.txt`. */
  asked: string[];
  /** Publishes a policy for the domain. */
  publish(domain: string, text: string, id?: string): void;
}

export const policy = (mode: string, mx: string) => `version: STSv1\nmode: ${mode}\nmx: ${mx}\nmax_age: 86400\n`;

export async function givenStsPolicies(internet: Internet): Promise<StsPolicies> {
  const texts = new Map<string, string>();
  const asked: string[] = [];
  const server = createServer(VOUCHED_FOR, (request, response) => {
    const name = request.headers.host?.replace(/:\d+$/, '') ?? '';
    asked.push(`${name}${request.url}`);
    const text = texts.get(name);
    if (text === undefined) response.writeHead(404).end();
    else if (text.startsWith('https:')) response.writeHead(302, { location: text }).end();
    else response.writeHead(200, { 'content-type': 'text/plain' }).end(text);
  });
  const [host, port] = [internet.nobody(), await freePort()];
  server.listen(port, host);
  await once(server, 'listening');
  return {
    port,
    texts,
    asked,
    publish(domain, text, id = '1') {
      internet.dns.publish(`_mta-sts.${domain}`, { TXT: [`v=STSv1; id=${id};`] });
      internet.dns.publish(`mta-sts.${domain}`, { A: [host] });
      texts.set(`mta-sts.${domain}`, text);
    },
    async [Symbol.asyncDispose]() {
      server.close();
    },
  };
}
