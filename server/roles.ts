import { randomUUID } from 'node:crypto';
import { startRelay } from '@koltrix/smtp-relay';
import { createAccept } from './accept/index.ts';
import type { Config } from './config.ts';
import { UNREACHABLE_S } from './delivery/backoff.ts';
import { applyFeedback } from './delivery/late.ts';
import { startDelivery } from './delivery/loop.ts';
import { createTransport } from './delivery/transport.ts';
import { createApp } from './http/app.ts';
import { type HttpServer, startHttp } from './http/server.ts';
import { startFeedback } from './inbox/feedback.ts';
import { startInbox } from './inbox/server.ts';
import type { Database } from './store/database.ts';
import type { Hints } from './store/hints.ts';
import { startHousekeeping } from './store/housekeeping.ts';
import { newId } from './store/ids.ts';
import type { Log } from './store/log.ts';
import type { RateLimit } from './store/rate-limit.ts';
import type { Seal } from './store/seal.ts';
import { startWebhooks } from './webhooks/deliver.ts';
import { systemResolver, type WebhookPolicy } from './webhooks/index.ts';

/** What the roles share: made once by boot. */
export interface Deps {
  db: Database;
  hints: Hints;
  seal: Seal;
  rateLimit: RateLimit;
  log: Log;
  now(): Date;
}

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

/** The role `worker`: delivers mail and webhooks. The inbox serves capture mode and, in every mode, the simulator. */
export async function startWorker(deps: Deps, config: Config): Promise<AsyncDisposable> {
  await using stack = new AsyncDisposableStack();
  const worker = randomUUID();
  const shared = { ...deps, newId, random: Math.random, worker, lease_s: config.lease_s };
  const inbox = stack.use(await startInbox(shared));
  const transport = stack.use(
    createTransport({
      helo_name: config.helo_name,
      max_connections: config.smtp_connections,
      max_messages_per_connection: 100,
      unreachable_s: UNREACHABLE_S,
      now: deps.now,
    }),
  );
  stack.use(startHousekeeping(deps));
  stack.use(startFeedback({ ...deps, apply: (feedback) => applyFeedback(shared, feedback) }));
  stack.use(startWebhooks({ ...shared, policy: webhookPolicy(deps, config), concurrency: 100 }));
  stack.use(
    startDelivery({
      ...shared,
      transport,
      target: config.delivery,
      inbox: { host: inbox.host, port: inbox.port, secure: false, auth: undefined },
      concurrency: config.smtp_connections * 5,
    }),
  );
  return stack.move();
}

/** The role `relay`: SMTP in, by way of the API. */
export async function startRelayRole(
  deps: Pick<Deps, 'log'>,
  config: Config,
  api_url: string,
): Promise<AsyncDisposable & { port: number }> {
  const relay = await startRelay({
    host: config.host,
    port: config.smtp_port,
    apiUrl: api_url,
    ...(config.tls && { tls: config.tls }),
    certificate_dir: config.data_dir,
    log: deps.log,
  });
  return { port: relay.port, [Symbol.asyncDispose]: () => relay.close() };
}

function webhookPolicy(deps: Deps, config: Config): WebhookPolicy {
  return {
    allow_insecure: isLoopback(config.host) && config.delivery.mode === 'capture',
    allowed_networks: config.webhook_networks,
    resolve: systemResolver(deps.now),
  };
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || host.startsWith('127.');
}
