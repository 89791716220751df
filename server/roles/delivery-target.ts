import { rootCertificates } from 'node:tls';
import type { Config } from '../config.ts';
import { joinCrew } from '../delivery/crew.ts';
import type { DeliveryTarget, DirectDeps } from '../delivery/find-way.ts';
import { createGate } from '../delivery/gate.ts';
import { dnsAt } from '../delivery/mx/dns.ts';
import { askSecureAt } from '../delivery/mx/dnssec/ask.ts';
import { createFindExchanges } from '../delivery/mx/exchanges.ts';
import type { FindDestinationDeps } from '../delivery/mx/find-destination.ts';
import { createFindStsPolicy } from '../delivery/mx/mta-sts.ts';
import { destinationOf } from '../delivery/route.ts';
import { createWarmUp } from '../delivery/warm-up.ts';
import type { Deps } from './deps.ts';

type TargetDeps = Pick<Deps, 'db' | 'hints' | 'log' | 'now'> & { worker: string; random(): number };

/** Where the mail of this installation goes. What that takes is put on the stack. */
export async function deliveryTarget(
  stack: AsyncDisposableStack,
  deps: TargetDeps,
  config: Config,
): Promise<DeliveryTarget> {
  const { delivery } = config;
  if (delivery.mode === 'smarthost') {
    return { mode: 'smarthost', smarthost: destinationOf(delivery.server, config.smtp_connections) };
  }
  return delivery.mode === 'direct' ? { mode: 'direct', direct: await directDeps(stack, deps, config) } : delivery;
}

async function directDeps(stack: AsyncDisposableStack, deps: TargetDeps, config: Config): Promise<DirectDeps> {
  const { db, hints, worker, log, now, random } = deps;
  const { direct } = config;
  const crew = stack.use(
    await joinCrew({
      db,
      hints,
      worker,
      onError: (error) => log.warn({ err: error }, 'delivery: the other workers could not be counted'),
    }),
  );
  const dns = dnsAt(config.dns_servers);
  const addresses = { allow_loopback: false, allowed_networks: direct.networks };
  const ca = [...rootCertificates, ...direct.extra_ca];
  let dane: FindDestinationDeps['dane'];
  if (direct.dane) {
    // Only here, for the library is large.
    const { createFindTlsa, daneFault } = await import('../delivery/mx/dane.ts');
    const findTlsa = createFindTlsa({ ask: askSecureAt(config.dns_servers), port: direct.port, now });
    dane = { findTlsa, faultOf: (socket, tlsa) => daneFault(socket, tlsa, now()) };
  }
  return {
    findExchanges: createFindExchanges({ dns, addresses, now }),
    findStsPolicy: createFindStsPolicy({ dns, addresses, ca, port: direct.mta_sts_port, now }),
    dane,
    receivers: direct.receivers,
    shareOf: crew.shareOf,
    sources: direct.sources,
    ca,
    port: direct.port,
    random,
    gate: createGate({ now, random }),
    warm_up: createWarmUp({ db, caps: direct.warm_up, now, random }),
    onError: (error) => log.warn({ err: error }, 'delivery: a message could not be taken off the count of the warm-up'),
  };
}
