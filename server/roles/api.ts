import { createAccept } from '../accept/index.ts';
import type { Config } from '../config.ts';
import { createApp } from '../http/app.ts';
import { type HttpServer, startHttp } from '../http/server.ts';
import { newId } from '../store/ids.ts';
import type { Deps } from './deps.ts';
import { webhookPolicy } from './webhook-policy.ts';

/** The role `api`: answers HTTP. */
export async function startApi(deps: Deps, config: Config): Promise<HttpServer> {
  const app = createApp(
    {
      ...deps,
      newId,
      accept: createAccept({ ...deps, newId }),
      webhookPolicy: webhookPolicy(deps, config),
      delivery_mode: config.delivery.mode,
    },
    { validate_responses: config.validate_responses, public_url: config.public_url },
  );
  return startHttp(app, config);
}
