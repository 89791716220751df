import { startRelay } from '@koltrix/smtp-relay';
import type { Config } from '../config.ts';
import type { Deps } from './deps.ts';

export interface RelayRole extends AsyncDisposable {
  port: number;
}

/** The role `relay`: SMTP in, by way of the API. */
export async function startRelayRole({ log }: Pick<Deps, 'log'>, config: Config, api_url: string): Promise<RelayRole> {
  const relay = await startRelay({
    host: config.host,
    port: config.smtp_port,
    apiUrl: api_url,
    ...(config.tls && { tls: config.tls }),
    certificate_dir: config.data_dir,
    // What drains after it needs its share of the ten seconds too.
    limits: { drain_timeout_ms: 5_000 },
    log,
  });
  return { port: relay.port, [Symbol.asyncDispose]: () => relay.close() };
}
