import { fileURLToPath } from 'node:url';
import { runner } from 'node-pg-migrate';
import pg from 'pg';

/** Any constant: two processes that start at once take turns. */
const MIGRATION_LOCK = 7_310_452;
/** A host that does not answer at all is reported, not waited for. */
const CONNECT_MS = 5_000;

/** Brings the schema up to date. Safe from several processes at once: the later one waits and finds nothing to do. */
export async function migrate(connection: pg.ClientConfig): Promise<void> {
  const client = new pg.Client({ connectionTimeoutMillis: CONNECT_MS, ...connection });
  await client.connect();
  try {
    await client.query('select pg_advisory_lock($1)', [MIGRATION_LOCK]);
    await runner({
      dbClient: client,
      dir: fileURLToPath(new URL('migrations', import.meta.url)),
      direction: 'up',
      migrationsTable: 'migrations',
      noLock: true,
      log: () => {},
    });
  } finally {
    await client.end();
  }
}
