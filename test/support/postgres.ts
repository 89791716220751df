import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import type { TestProject } from 'vitest/node';
import { prepareDataDir, startEmbeddedPostgres } from '../../server/store/embedded-postgres.ts';
import { migrate } from '../../server/store/migrate.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** The directory of the test cluster's socket. */
    postgres: string;
  }
}

export const TEMPLATE = 'koltrix_template';

/** Once a run: a real Postgres with a migrated template, from which each test file's database is cloned. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const data_dir = await mkdtemp(join(tmpdir(), 'koltrix-test-'));
  await prepareDataDir(data_dir);
  const postgres = await startEmbeddedPostgres({
    data_dir,
    // Nothing here has to outlive the machine; processes that die are what the tests are about.
    settings: { fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off', max_connections: '300' },
  });
  const admin = new pg.Client(postgres.connection);
  await admin.connect();
  await admin.query(`create database ${TEMPLATE}`);
  await admin.end();
  await migrate({ ...postgres.connection, database: TEMPLATE });
  project.provide('postgres', postgres.connection.host as string);
  return async () => {
    await postgres[Symbol.asyncDispose]();
    await rm(data_dir, { recursive: true, force: true });
  };
}
