import { mkdtemp, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { prepareDataDir, startEmbeddedPostgres } from '../../../server/store/embedded-postgres.ts';

/** A durable Postgres of the benchmark's own, with the settings of `npm start`. */
export interface BenchPostgres extends AsyncDisposable {
  /** Of the process that all others of it are children of. */
  pid: number;
  /** An empty database; the one before it is dropped, and what it left unwritten is written. Resolves with its URL. */
  freshDatabase(): Promise<string>;
  /** That of the current database. */
  url(): string;
  /** Throws when fewer emails are committed than the server has accepted. */
  expectEmails(accepted: number): Promise<void>;
  /** One row of an SQL query in the current database. */
  query<Row extends pg.QueryResultRow>(text: string): Promise<Row>;
}

export async function startPostgres(): Promise<BenchPostgres> {
  await using stack = new AsyncDisposableStack();
  const data_dir = await mkdtemp(join(tmpdir(), 'koltrix-bench-'));
  stack.defer(() => rm(data_dir, { recursive: true, force: true }));
  await prepareDataDir(data_dir);
  const postgres = await startEmbeddedPostgres({ data_dir });
  const cluster = await realpath(postgres.directory);
  // As root the cluster lies elsewhere and the data directory only links to it.
  stack.defer(() => rm(cluster, { recursive: true, force: true }));
  stack.use(postgres);
  const admin = stack.adopt(new pg.Client(postgres.connection), (client) => client.end());
  await admin.connect();
  const { host, user } = postgres.connection;
  let count = 0;
  const name = () => `bench_${count}`;
  const query = async <Row extends pg.QueryResultRow>(text: string): Promise<Row> => {
    const client = new pg.Client({ ...postgres.connection, database: name() });
    await client.connect();
    try {
      const { rows } = await client.query<Row>(text);
      if (!rows[0]) throw new Error(`no row from: ${text}`);
      return rows[0];
    } finally {
      await client.end();
    }
  };
  const url = () => `postgres://${user}@localhost/${name()}?host=${encodeURIComponent(String(host))}`;
  const owned = stack.move();
  return {
    pid: postgres.pid,
    async freshDatabase() {
      await admin.query(`drop database if exists ${name()} with (force)`);
      count++;
      await admin.query(`create database ${name()}`);
      await admin.query('checkpoint');
      return url();
    },
    url,
    query,
    async expectEmails(accepted) {
      const { count: committed } = await query<{ count: number }>('select count(*)::integer as count from emails');
      if (committed < accepted)
        throw new Error(`${accepted} emails were accepted but ${committed} are in the database`);
    },
    [Symbol.asyncDispose]: () => owned[Symbol.asyncDispose](),
  };
}
