import pg from 'pg';
import { Refusal } from '../errors/refusal.ts';
import { runPipeline, type Step } from './pipeline.ts';

/** One statement: its name is its prepared name, so Postgres parses and plans it once a connection. */
export interface Statement {
  name: string;
  text: string;
  values: unknown[];
}

/** Anything that runs a statement: the pool, or one transaction. */
export interface Queryable {
  query<Row extends pg.QueryResultRow>(statement: Statement): Promise<{ rows: Row[]; rowCount: number | null }>;
}

export interface Database extends Queryable, AsyncDisposable {
  /** Runs `work` in one transaction: committed when it resolves, rolled back when it throws. Keep it short. */
  transaction<T>(work: (tx: Queryable) => Promise<T>): Promise<T>;
  /** Runs the steps as one transaction in one round trip; resolves to the number of rows that each touched. */
  pipeline(steps: readonly Step[]): Promise<number[]>;
}

export interface DatabaseOptions {
  connection: pg.ClientConfig;
  pool_size: number;
  /** How long a statement may be without an answer before its connection is given up. */
  patience_ms?: number;
  /** Told of errors of idle connections; they are replaced by themselves. */
  onIdleError(error: Error): void;
}

/** Postgres itself ends a statement after 30 s. A host that vanished says nothing, and TCP notices after a quarter of an hour. */
const PATIENCE_MS = 45_000;

/**
 * The hot statements take arrays of any length; a plan for each length would cost more than it gains. A plan stays while its
 * table grows, so that of an empty one must not be to read all of it: every statement on a table that grows has an index.
 */
const OPTIONS = [
  'plan_cache_mode=force_generic_plan',
  'enable_seqscan=off',
  'jit=off',
  'statement_timeout=30000',
  'timezone=UTC',
]
  .map((setting) => `-c ${setting}`)
  .join(' ');

/**
 * A pool. While Postgres is away every call throws the refusal `unavailable`, so that callers retry; whether a statement
 * that was under way has committed is then unknown, which is what idempotency keys and leases are for.
 */
export function openDatabase({
  connection,
  pool_size,
  patience_ms = PATIENCE_MS,
  onIdleError,
}: DatabaseOptions): Database {
  const pool = new pg.Pool({
    ...connection,
    max: pool_size,
    connectionTimeoutMillis: 5_000,
    idleTimeoutMillis: 30_000,
    keepAlive: true,
    options: OPTIONS,
  });
  let ending = false;
  // Connections that are being closed may hear the server's good-bye; nobody misses them.
  pool.on('error', (error) => {
    if (!ending) onIdleError(error);
  });
  async function withClient<T>(work: (client: pg.PoolClient) => Promise<T>): Promise<T> {
    const client = await pool.connect().catch(asRefusal);
    let broken: Error | undefined;
    const giveUp = (error: Error) => {
      broken = error;
    };
    // The pool listens only while a connection is idle; a loss in between fails the next query, not the process.
    client.on('error', giveUp);
    try {
      return await work(client);
    } catch (error) {
      // Its connection may end only after the error that says so.
      if (isAway(error)) giveUp(error as Error);
      return asRefusal(error);
    } finally {
      client.release(broken);
      client.off('error', giveUp);
    }
  }
  const within = <T>(answer: Promise<T>) => answeredWithin(patience_ms, answer);
  return {
    query: (statement) => withClient((client) => within(client.query(statement))),
    transaction: (work) =>
      withClient(async (client) => {
        try {
          await within(client.query('begin'));
          const result = await work({ query: (statement) => within(client.query(statement)) });
          await within(client.query('commit'));
          return result;
        } catch (error) {
          if (!isAway(error)) await within(client.query('rollback'));
          throw error;
        }
      }),
    pipeline: (steps) => withClient((client) => within(runPipeline(client, steps))),
    [Symbol.asyncDispose]() {
      ending = true;
      return pool.end();
    },
  };
}

async function answeredWithin<T>(patience_ms: number, answer: Promise<T>): Promise<T> {
  const { promise: silence, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => {
    reject(Object.assign(new Error(`Postgres has not answered for ${patience_ms / 1000} s`), { code: 'ETIMEDOUT' }));
  }, patience_ms);
  try {
    return await Promise.race([answer, silence]);
  } finally {
    clearTimeout(timer);
  }
}

function asRefusal(error: unknown): never {
  if (!isAway(error)) throw error;
  throw Object.assign(new Refusal('unavailable', 'The database is away; retry in a second.', { retry_after_s: 1 }), {
    cause: error,
  });
}

/** Class 08: connection exceptions; 57P0x: the server is shutting down or starting; 53300: no connection is free. */
const AWAY_SQLSTATE = /^(08...|57P0[1235]|53300)$/;
const AWAY_ERRNO = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'EPIPE',
  'ENOENT',
  'ETIMEDOUT',
  'EHOSTUNREACH',
  'ENOTFOUND',
  'EAI_AGAIN',
]);
const AWAY_WORDS =
  /not currently accepting connections|connection terminated|timeout exceeded when trying to connect|client was closed|not queryable/i;

export function isAway(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const code = (error as NodeJS.ErrnoException).code;
  if (code && (AWAY_SQLSTATE.test(code) || AWAY_ERRNO.has(code))) return true;
  return AWAY_WORDS.test(error.message);
}

/** What a connection string points at, without its password. */
export function describeTarget(connectionString: string): string {
  const { host, port, database, user } = new pg.Client({ connectionString });
  return `the database ${database} at ${host}:${port} as ${user}`;
}
