import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Koltrix } from 'koltrix';
import { readConfig } from '../../server/config.ts';
import { createTokens } from '../../server/mail/token.ts';
import { startApi } from '../../server/roles/api.ts';
import type { Deps } from '../../server/roles/deps.ts';
import { installationHosts } from '../../server/roles/hosts.ts';
import { startInboundRole } from '../../server/roles/inbound.ts';
import { startRelayRole } from '../../server/roles/relay.ts';
import { startWorker } from '../../server/roles/worker.ts';
import { createDomainDirectory } from '../../server/store/domain-directory.ts';
import { localHints } from '../../server/store/hints.ts';
import { localRateLimit } from '../../server/store/local-rate-limit.ts';
import { createSeal } from '../../server/store/seal.ts';
import { givenDatabase } from './database.ts';
import { isMock } from './host.ts';
import type { GivenKoltrix, Installation } from './installation.ts';
import { silentLog } from './log.ts';
import { givenMock } from './mock.ts';
import { givenTenantIn } from './tenant.ts';
import { letSend } from './verified-domain.ts';

export type { GivenKoltrix, Installation } from './installation.ts';

/** The real installation; in the project `mock` the SDK's mock, which has no database and no parts. */
export async function givenKoltrix({
  env = {},
  database,
  now = () => new Date(),
  log = silentLog,
}: GivenKoltrix = {}): Promise<Installation> {
  if (isMock) return givenMock({ env, now });
  await using stack = new AsyncDisposableStack();
  const data_dir = await mkdtemp(join(tmpdir(), 'koltrix-data-'));
  stack.defer(() => rm(data_dir, { recursive: true, force: true }));
  const config = readConfig({
    NODE_ENV: 'test',
    KOLTRIX_DATA_DIR: data_dir,
    KOLTRIX_PORT: '0',
    KOLTRIX_SMTP_PORT: '0',
    KOLTRIX_INBOUND_PORT: '0',
    KOLTRIX_SECRET: 'a secret for tests alone',
    // Longer than a busy machine stands still; what is about leases sets its own.
    KOLTRIX_LEASE_SECONDS: '30',
    // Nobody: a test asks its own name server or none.
    KOLTRIX_DNS_SERVERS: '127.0.0.1:9',
    ...env,
  });
  const given = database ?? stack.use(await givenDatabase());
  const hints = stack.use(localHints());
  const hosts = installationHosts(config);
  const deps: Deps = {
    db: given.db,
    hints,
    directory: createDomainDirectory({ db: given.db, hints, now }, hosts),
    hosts,
    seal: createSeal(config.secret as string, config.previous_secrets),
    tokens: createTokens(config.secret as string, config.previous_secrets),
    rateLimit: localRateLimit(config.rate_limit),
    log,
    now,
  };
  let worker: AsyncDisposable | undefined;
  const stopWorker = async () => {
    await worker?.[Symbol.asyncDispose]();
    worker = undefined;
  };
  const startWorkerRole = async () => {
    worker = config.roles.includes('worker') ? await startWorker(deps, config) : undefined;
  };
  await startWorkerRole();
  stack.defer(stopWorker);
  const http = stack.use(await startApi(deps, config));
  const url = `http://127.0.0.1:${http.port}`;
  const relay = config.roles.includes('relay') ? stack.use(await startRelayRole(deps, config, url)) : undefined;
  const inbound = config.roles.includes('inbound') ? stack.use(await startInboundRole(deps, config)) : undefined;
  const sdk = (apiKey: string) => new Koltrix({ apiKey, baseUrl: url });
  const running = stack.move();
  return {
    url,
    smtp_port: relay?.port ?? 0,
    inbound_port: inbound?.port ?? 0,
    config,
    database: given,
    deps,
    async tenant(domains = config.delivery.mode === 'capture' ? [] : ['acme.example']) {
      const tenant = await givenTenantIn({ db: given.db, url, smtp_port: relay?.port ?? 0, sdk, now });
      for (const name of domains) await letSend(deps, tenant.id, name);
      return tenant;
    },
    sdk,
    stopWorker,
    startWorker: startWorkerRole,
    [Symbol.asyncDispose]: () => running[Symbol.asyncDispose](),
  };
}
