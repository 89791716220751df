import { setMaxListeners } from 'node:events';
import { createAccept } from '../accept/index.ts';
import type { Config } from '../config.ts';
import { dnsLookUp } from '../domains/index.ts';
import { createApp } from '../http/app.ts';
import { type HttpServer, startHttp } from '../http/server.ts';
import { newId } from '../store/ids.ts';
import type { Deps } from './deps.ts';
import { webhookPolicy } from './webhook-policy.ts';

/** The role `api`: answers HTTP. */
export async function startApi(deps: Deps, config: Config): Promise<HttpServer> {
  const stop = new AbortController();
  // Every stream listens to it.
  setMaxListeners(0, stop.signal);
  const app = createApp(
    {
      ...deps,
      stopping: stop.signal,
      newId,
      accept: createAccept({ ...deps, newId, verified_senders_only: config.delivery.mode !== 'capture' }),
      webhookPolicy: webhookPolicy(deps, config),
      lookUp: dnsLookUp(config.dns_servers),
      delivery_mode: config.delivery.mode,
    },
    { validate_responses: config.validate_responses, public_url: config.public_url ?? ownUrl(config) },
  );
  const http = await startHttp(app, config);
  return {
    port: http.port,
    [Symbol.asyncDispose]() {
      stop.abort();
      return http[Symbol.asyncDispose]();
    },
  };
}

/** For the samples of the docs; a port that the system chooses is not known yet. */
function ownUrl({ host, port }: Config): string | undefined {
  return port ? `http://${host.includes(':') ? `[${host}]` : host}:${port}` : undefined;
}
