import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import type { TestProject } from 'vitest/node';
import { prepareDataDir, startEmbeddedPostgres } from '../../server/store/embedded-postgres.ts';
import { migrate } from '../../server/store/migrate.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** The directories of the test clusters' sockets, one for each test file that runs at a time. */
    postgres: string[];
  }
}

export const TEMPLATE = 'koltrix_template';

interface Cluster {
  host: string;
  stop(): Promise<void>;
}

/** Each project of Vitest loads this file anew: what they share is kept where all of them find it. */
const shared = globalThis as { koltrixTestClusters?: { started: Promise<Cluster[]>; users: number } };

/**
 * Once a run: a real Postgres with a migrated template, from which each test file's database is cloned. Files that run
 * at the same time have a cluster each: a transaction that one holds open on purpose would hold up the other's event log.
 */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const places = Array.from({ length: project.vitest.config.maxWorkers });
  shared.koltrixTestClusters ??= { started: Promise.all(places.map(startCluster)), users: 0 };
  const clusters = shared.koltrixTestClusters;
  clusters.users++;
  project.provide(
    'postgres',
    (await clusters.started).map(({ host }) => host),
  );
  return async () => {
    if (--clusters.users) return;
    delete shared.koltrixTestClusters;
    await Promise.all((await clusters.started).map(({ stop }) => stop()));
  };
}

async function startCluster(): Promise<Cluster> {
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
  return {
    host: postgres.connection.host as string,
    async stop() {
      await postgres[Symbol.asyncDispose]();
      await rm(data_dir, { recursive: true, force: true });
    },
  };
}
