import { randomUUID } from 'node:crypto';
import pg from 'pg';
import { inject } from 'vitest';
import { type Database, openDatabase } from '../../server/store/database.ts';
import { TEMPLATE } from './postgres.ts';

export interface TestDatabase extends AsyncDisposable {
  db: Database;
  connection: pg.ClientConfig;
  /** For processes of their own. */
  url: string;
}

/** An empty, migrated database. Dropped when disposed of. */
export async function givenDatabase(): Promise<TestDatabase> {
  const host = ownCluster();
  const name = `test_${randomUUID().replaceAll('-', '')}`;
  const admin = { host, user: 'koltrix', database: 'postgres' };
  await run(admin, `create database ${name} template ${TEMPLATE}`);
  const connection = { host, user: 'koltrix', database: name };
  const db = openDatabase({ connection, pool_size: 10, onIdleError: () => {} });
  return {
    db,
    connection,
    url: `postgres://koltrix@localhost/${name}?host=${encodeURIComponent(host)}`,
    async [Symbol.asyncDispose]() {
      await db[Symbol.asyncDispose]();
      await run(admin, `drop database ${name} with (force)`);
    },
  };
}

async function run(connection: pg.ClientConfig, sql: string): Promise<void> {
  const client = new pg.Client(connection);
  await client.connect();
  try {
    await client.query(sql);
  } finally {
    await client.end();
  }
}

/** The cluster that no other file is using now. */
function ownCluster(): string {
  const hosts = inject('postgres');
  const place = Number(process.env.VITEST_POOL_ID ?? 1) - 1;
  return hosts[place % hosts.length] as string;
}

/** Any query, for what a test must see or set behind the product's back. */
export async function rows<Row extends pg.QueryResultRow>(
  db: Database,
  text: string,
  values: unknown[] = [],
): Promise<Row[]> {
  const result = await db.query<Row>({ name: '', text, values });
  return result.rows;
}
