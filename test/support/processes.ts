import { Koltrix } from 'koltrix';
import type { TestDatabase } from './database.ts';
import { givenServer, type Server } from './server.ts';
import { givenTenantIn } from './tenant.ts';

/** Two APIs, workers and a relay, each a process of its own, on one database and one Redis. */
export interface Processes extends AsyncDisposable {
  apis: [Server, Server];
  workers: Server[];
  relay: Server | undefined;
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

export async function givenProcesses(options: ProcessesOptions): Promise<Processes> {
  await using stack = new AsyncDisposableStack();
  const { database, redis_url } = options;
  const env = { REDIS_URL: redis_url, KOLTRIX_RATE_LIMIT: '1000000/3600' };
  const start = async (roles: string) => stack.use(await givenServer({ roles, database, env }));
  // In any order: whichever is first sets the database up.
  const [first, second, ...workers] = (await Promise.all([
    start('api'),
    start('api'),
    ...Array.from({ length: options.workers }, () => start('worker')),
  ])) as [Server, Server, ...Server[]];
  const relay = options.relay
    ? stack.use(await givenServer({ roles: 'relay', env: { KOLTRIX_API_URL: first.url } }))
    : undefined;
  const apis: [Server, Server] = [first, second];
  const clientOf = (apiKey: string, { url }: Server) => new Koltrix({ apiKey, baseUrl: url, maxRetries: 0 });
  const idle = await givenTenantIn({
    db: database.db,
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
    clients: apis.map((api) => clientOf(api.key, api)) as [Koltrix, Koltrix],
    async remaining(api) {
      const { response } = await clientOf(idle.key, apis[api]).account.get().withResponse();
      return Number(/r=(\d+)/.exec(response.headers.get('ratelimit') ?? '')?.[1]);
    },
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}
