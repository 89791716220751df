import type { Config } from '../config.ts';
import { type Inbound, startInbound } from '../inbound/server.ts';
import { newId } from '../store/ids.ts';
import type { Deps } from './deps.ts';

/** The role `inbound`: takes in what comes back for our mail. */
export function startInboundRole(deps: Deps, config: Config): Promise<Inbound> {
  const { bounce_domain } = config;
  if (bounce_domain === undefined) throw new Error('the role inbound has no domain; config should have refused this');
  return startInbound(
    { ...deps, newId },
    {
      host: config.host,
      port: config.inbound_port,
      name: config.helo_name,
      tls: config.tls,
      tokens: deps.tokens,
      bounce_domain,
    },
  );
}
