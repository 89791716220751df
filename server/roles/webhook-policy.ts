import type { Config } from '../config.ts';
import type { WebhookPolicy } from '../webhooks/policy.ts';
import { resolverAt, systemResolver } from '../webhooks/resolve.ts';

/** Where webhooks may go: on a laptop also to itself, in earnest only to the public internet and to allowed networks. */
export function webhookPolicy({ now }: { now(): Date }, config: Config): WebhookPolicy {
  return {
    allow_insecure: isLoopback(config.host) && config.delivery.mode === 'capture',
    allowed_networks: config.webhook_networks,
    resolve: config.dns_servers.length ? resolverAt(config.dns_servers) : systemResolver(now),
  };
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || host.startsWith('127.');
}
