import { Koltrix } from 'koltrix';
import type { TestDatabase } from './database.ts';
import { givenServer, type Server } from './launch.ts';
import { givenTenantIn } from './tenant.ts';

/** Two APIs, workers and a relay, each a process of its own, on one database and one Redis. */
export interface Processes extends AsyncDisposable {
  apis: [Server, Server];
  workers: Server[];
  relay: Server | undefined;
  /** Of full scope. */
  key: string;
  /** A client of each API; without retries, so that each answer is seen. */
  clients: [Koltrix, Koltrix];
  /** What is left of the rate limit of an account that does nothing else, as the API says after one more request. */
  remaining(api: 0 | 1): Promise<number>;
}

export interface ProcessesOptions {
  database: TestDatabase;
  redis_url: string;
  workers: number;
  relay?: boolean;
}

const KEY = 'kx_0123456789abcdefghij';

export async function givenProcesses(options: ProcessesOptions): Promise<Processes> {
  await using stack = new AsyncDisposableStack();
  const env = {
    DATABASE_URL: options.database.url,
    REDIS_URL: options.redis_url,
    KOLTRIX_SECRET: 'a secret for tests alone',
    KOLTRIX_INITIAL_KEY: KEY,
    KOLTRIX_RATE_LIMIT: '1000000/3600',
  };
  const start = async (roles: string, more: Record<string, string> = {}) =>
    stack.use(await givenServer({ roles, env: { ...env, ...more } }));
  // The first one sets the database up; the others may come in any order.
  const first = await start('api');
  const [second, ...workers] = await Promise.all([
    start('api'),
    ...Array.from({ length: options.workers }, () => start('worker')),
  ]);
  const relay = options.relay
    ? stack.use(await givenServer({ roles: 'relay', env: { KOLTRIX_API_URL: first.url } }))
    : undefined;
  const apis: [Server, Server] = [first, second as Server];
  const clientOf = (apiKey: string, { url }: Server) => new Koltrix({ apiKey, baseUrl: url, maxRetries: 0 });
  const idle = await givenTenantIn({
    db: options.database.db,
    url: first.url,
    smtp_port: 0,
    sdk: (apiKey) => clientOf(apiKey, first),
    now: () => new Date(),
  });
  const owned = stack.move();
  return {
    apis,
    workers,
    relay,
    key: KEY,
    clients: apis.map((api) => clientOf(KEY, api)) as [Koltrix, Koltrix],
    async remaining(api) {
      const { response } = await clientOf(idle.key, apis[api]).account.get().withResponse();
      return Number(/r=(\d+)/.exec(response.headers.get('ratelimit') ?? '')?.[1]);
    },
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}
