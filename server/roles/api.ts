import { setMaxListeners } from 'node:events';
import { createAccept } from '../accept/index.ts';
import type { Config } from '../config.ts';
import { dnsLookUp } from '../domains/index.ts';
import { createApp } from '../http/app.ts';
import { type HttpServer, startHttp } from '../http/server.ts';
import { createTrackingLinks } from '../mail/tracking/links.ts';
import { newId } from '../store/ids.ts';
import { createTracking } from '../tracking/index.ts';
import type { Deps } from './deps.ts';
import { publicUrl } from './hosts.ts';
import { webhookPolicy } from './webhook-policy.ts';

/** The role `api`: answers HTTP. */
export async function startApi(deps: Deps, config: Config): Promise<HttpServer> {
  const stop = new AbortController();
  // Every stream listens to it.
  setMaxListeners(0, stop.signal);
  const tracking = createTracking({ ...deps, links: createTrackingLinks(deps.tokens), newId });
  const app = createApp(
    {
      ...deps,
      stopping: stop.signal,
      newId,
      accept: createAccept({ ...deps, newId, verified_senders_only: config.delivery.mode !== 'capture' }),
      webhookPolicy: webhookPolicy(deps, config),
      tracking,
      lookUp: dnsLookUp(config.dns_servers),
      delivery_mode: config.delivery.mode,
    },
    { validate_responses: config.validate_responses, public_url: publicUrl(config) },
  );
  const http = await startHttp(app, config);
  return {
    port: http.port,
    async [Symbol.asyncDispose]() {
      stop.abort();
      await http[Symbol.asyncDispose]();
      await tracking[Symbol.asyncDispose]();
    },
  };
}
