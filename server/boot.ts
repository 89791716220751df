import type { Config } from './config.ts';
import type { HttpServer } from './http/server.ts';
import type { Inbound } from './inbound/server.ts';
import { checkSecret, firstKey, secretIn } from './install.ts';
import { createTokens } from './mail/token.ts';
import type { Deps } from './roles/deps.ts';
import { hostInUrl, installationHosts } from './roles/hosts.ts';
import type { RelayRole } from './roles/relay.ts';
import { StartupError } from './startup-error.ts';
import { type Database, describeTarget, openDatabase } from './store/database.ts';
import { createDomainDirectory } from './store/domain-directory.ts';
import { prepareDataDir, startEmbeddedPostgres } from './store/embedded-postgres.ts';
import { localHints } from './store/hints.ts';
import { lockDataDir } from './store/instance-lock.ts';
import { localRateLimit } from './store/local-rate-limit.ts';
import type { Log } from './store/log.ts';
import { createSeal } from './store/seal.ts';

/** A process with its roles running. Disposing drains and stops them in reverse. */
export interface Running extends AsyncDisposable {
  http_port: number | undefined;
  smtp_port: number | undefined;
  inbound_port: number | undefined;
  /** Where the embedded database lies, when there is one. */
  database_dir: string | undefined;
  /** The first API key, when this start has made it. */
  new_key: string | undefined;
}

/** From configuration to running roles. Throws a StartupError whose message is meant for the person at the keyboard. */
export async function boot(config: Config, log: Log, now: () => Date = () => new Date()): Promise<Running> {
  await using stack = new AsyncDisposableStack();
  await prepareDataDir(config.data_dir).catch(cannotWrite(config.data_dir));
  const needs_database = config.roles.some((role) => role !== 'relay');
  const database = needs_database ? await openStore(stack, config, log) : undefined;
  const deps = database && (await makeDeps(stack, config, database.db, log, now));
  // Each role brings its own libraries; a process that does not run it does without them.
  if (deps && config.roles.includes('worker')) {
    const { startWorker } = await import('./roles/worker.ts');
    stack.use(await startWorker(deps, config));
  }
  const serves = deps && config.roles.includes('api');
  // Clients that know a key beforehand may be the first to call, so it is there before the port is.
  const given_key = serves && config.initial_key ? await firstKey(deps.db, config.initial_key, now()) : undefined;
  const http = serves ? stack.use(await startApiRole(deps, config)) : undefined;
  const api_url = config.api_url ?? `http://${hostInUrl(config.host)}:${http?.port}`;
  const relay = config.roles.includes('relay') ? stack.use(await startRelay(log, config, api_url)) : undefined;
  const inbound = deps && config.roles.includes('inbound') ? stack.use(await startInbound(deps, config)) : undefined;
  // Last, and by a process that has a banner to show it in: a key that nobody has seen cannot be made again.
  const new_key = given_key ?? (serves ? await firstKey(deps.db, undefined, now()) : undefined);
  const running = stack.move();
  return {
    http_port: http?.port,
    smtp_port: relay?.port,
    inbound_port: inbound?.port,
    database_dir: database?.directory,
    new_key,
    [Symbol.asyncDispose]: () => running[Symbol.asyncDispose](),
  };
}

async function startApiRole(deps: Deps, config: Config): Promise<HttpServer> {
  const { startApi } = await import('./roles/api.ts');
  return startApi(deps, config).catch(cannotListen('KOLTRIX_PORT', config.host, config.port));
}

async function startRelay(log: Log, config: Config, api_url: string): Promise<RelayRole> {
  const { startRelayRole } = await import('./roles/relay.ts');
  return startRelayRole({ log }, config, api_url).catch(
    cannotListen('KOLTRIX_SMTP_PORT', config.host, config.smtp_port),
  );
}

async function startInbound(deps: Deps, config: Config): Promise<Inbound> {
  const { startInboundRole } = await import('./roles/inbound.ts');
  return startInboundRole(deps, config).catch(cannotListen('KOLTRIX_INBOUND_PORT', config.host, config.inbound_port));
}

/** The database of the configuration, or an embedded one; its schema up to date. */
async function openStore(
  stack: AsyncDisposableStack,
  config: Config,
  log: Log,
): Promise<{ db: Database; directory: string | undefined }> {
  const embedded = config.database_url === undefined ? await startEmbedded(stack, config) : undefined;
  const connection = embedded?.connection ?? { connectionString: config.database_url };
  const { migrate } = await import('./store/migrate.ts');
  await migrate(connection).catch(cannotConnect(config.database_url));
  const db = openDatabase({
    connection,
    pool_size: 12,
    onIdleError: (error) => log.warn({ reason: error.message }, 'database: an idle connection was lost'),
  });
  stack.use(db);
  return { db, directory: embedded?.directory };
}

async function startEmbedded(stack: AsyncDisposableStack, { data_dir }: Config) {
  const lock = await lockDataDir(data_dir);
  if (!lock) {
    throw new StartupError(
      `KOLTRIX_DATA_DIR: another Koltrix is running on ${data_dir}; stop it, or set another directory`,
    );
  }
  stack.use(lock);
  try {
    return stack.use(await startEmbeddedPostgres({ data_dir }));
  } catch (error) {
    throw new StartupError(firstLine(error));
  }
}

async function makeDeps(
  stack: AsyncDisposableStack,
  config: Config,
  db: Database,
  log: Log,
  now: () => Date,
): Promise<Deps> {
  const secret = config.secret ?? (await secretIn(config.data_dir));
  const seal = createSeal(secret, config.previous_secrets);
  const tokens = createTokens(secret, config.previous_secrets);
  await checkSecret(db, seal);
  const { hints, rateLimit } = await openShared(stack, config, log);
  const hosts = installationHosts(config);
  const directory = createDomainDirectory({ db, hints, now }, hosts);
  return { db, seal, tokens, hints, directory, hosts, rateLimit, log, now };
}

/** What processes tell each other by Redis; a process alone needs none. */
async function openShared(
  stack: AsyncDisposableStack,
  { redis_url, rate_limit }: Config,
  log: Log,
): Promise<Pick<Deps, 'hints' | 'rateLimit'>> {
  if (!redis_url) return { hints: stack.use(localHints()), rateLimit: localRateLimit(rate_limit) };
  const { openRedis } = await import('./store/redis.ts');
  return stack.use(await openRedis(redis_url, rate_limit, log));
}

function cannotWrite(data_dir: string) {
  return (error: NodeJS.ErrnoException): never => {
    throw new StartupError(
      `KOLTRIX_DATA_DIR: cannot write to ${data_dir} (${error.code ?? firstLine(error)}); choose a directory that is yours`,
    );
  };
}

/** Names host and database, never the password. */
function cannotConnect(database_url: string | undefined) {
  return (error: unknown): never => {
    if (database_url === undefined) throw error;
    throw new StartupError(`DATABASE_URL: cannot use ${describeTarget(database_url)}: ${firstLine(error)}`);
  };
}

function cannotListen(variable: string, host: string, port: number) {
  return (error: NodeJS.ErrnoException): never => {
    const reasons: Record<string, string> = {
      EADDRINUSE: 'it is taken by another program',
      EACCES: 'it may not be used without special rights',
      EADDRNOTAVAIL: 'this machine does not have that address',
      ENOTFOUND: 'the host name is not known',
    };
    const reason = reasons[error.code ?? ''];
    if (!reason) throw error;
    throw new StartupError(`${variable}: cannot listen at ${host}:${port}: ${reason}`);
  };
}

function firstLine(error: unknown): string {
  const { message, errors } = error as Error & { errors?: Error[] };
  return (message || errors?.[0]?.message || String(error)).split('\n', 1)[0] as string;
}
