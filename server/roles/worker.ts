import { randomUUID } from 'node:crypto';
import type { Config } from '../config.ts';
import { UNREACHABLE_S } from '../delivery/backoff.ts';
import { createEnvelopeSender } from '../delivery/envelope-sender.ts';
import { startDelivery } from '../delivery/loop.ts';
import { createMarksOf } from '../delivery/marks.ts';
import { destinationOf } from '../delivery/route.ts';
import { createTransport } from '../delivery/transport.ts';
import { dnsLookUp } from '../domains/index.ts';
import { watchDomains } from '../domains/watch.ts';
import { takeReport } from '../inbound/take.ts';
import { startFeedback } from '../inbox/feedback.ts';
import { startInbox } from '../inbox/server.ts';
import { SIMULATOR_DOMAIN } from '../inbox/simulator.ts';
import { returnPath, unsubscribeAddress } from '../mail/return-path.ts';
import { createTrackingLinks } from '../mail/tracking/links.ts';
import { startHousekeeping } from '../store/housekeeping.ts';
import { newId } from '../store/ids.ts';
import { createTrackingDefaults } from '../store/tracking-settings.ts';
import { startWebhooks } from '../webhooks/deliver.ts';
import { deliveryTarget } from './delivery-target.ts';
import type { Deps } from './deps.ts';
import { publicUrl } from './hosts.ts';
import { webhookPolicy } from './webhook-policy.ts';

/** Conversations with many receivers, each slow in its own way. */
const DIRECT_CONCURRENCY = 600;

/** The role `worker`: delivers mail and webhooks. The inbox serves capture mode and, in every mode, the simulator. */
export async function startWorker(deps: Deps, config: Config): Promise<AsyncDisposable> {
  await using stack = new AsyncDisposableStack();
  const worker = randomUUID();
  const shared = { ...deps, newId, random: Math.random, worker, lease_s: config.lease_s };
  const inbox = stack.use(await startInbox(shared));
  const transport = stack.use(
    createTransport({
      helo_name: config.helo_name,
      unreachable_s: UNREACHABLE_S,
      now: deps.now,
    }),
  );
  stack.use(startHousekeeping(deps));
  stack.use(watchDomains({ ...shared, lookUp: dnsLookUp(config.dns_servers) }));
  stack.use(
    startFeedback({
      ...deps,
      async apply({ message_id, report }) {
        // It comes back as it would from the world, but for the way: no listener needs to run for the simulator.
        const taken = await takeReport(shared, {
          door: { kind: 'return-path', message_id },
          mail_from: '',
          rcpt_to: returnPath(deps.tokens, message_id, SIMULATOR_DOMAIN),
          remote_address: null,
          source: report,
          size_bytes: report.length,
        });
        return taken !== 'unsettled';
      },
    }),
  );
  stack.use(startWebhooks({ ...shared, policy: webhookPolicy(deps, config), concurrency: 300 }));
  stack.use(
    startDelivery({
      ...shared,
      transport,
      target: await deliveryTarget(stack, shared, config),
      marksOf: createMarksOf({
        links: createTrackingLinks(deps.tokens),
        trackingDefaults: createTrackingDefaults(deps),
        directory: deps.directory,
        public_url: publicUrl(config),
        unsubscribeAddress: (message_id) =>
          config.bounce_domain && unsubscribeAddress(deps.tokens, message_id, config.bounce_domain),
      }),
      envelopeSender: createEnvelopeSender({ ...deps, bounce_domain: config.bounce_domain }),
      inbox: destinationOf(
        { host: inbox.host, port: inbox.port, secure: false, auth: undefined },
        config.smtp_connections,
      ),
      concurrency: config.delivery.mode === 'direct' ? DIRECT_CONCURRENCY : config.smtp_connections * 7,
    }),
  );
  return stack.move();
}
