import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { type Database, openDatabase } from '../../server/store/database.ts';
import { type EmbeddedPostgres, prepareDataDir, startEmbeddedPostgres } from '../../server/store/embedded-postgres.ts';
import { migrate } from '../../server/store/migrate.ts';
import { until } from './until.ts';

/** A Postgres of one's own, which can go away and come back in the same place. */
export interface Cluster extends AsyncDisposable {
  /** For processes of their own. */
  url: string;
  /** For looking at what is in it; every call throws while it is away. */
  db: Database;
  /** `fast`: as an administrator restarts it. `crash`: all of its processes are killed at once. */
  stop(how: 'fast' | 'crash'): Promise<void>;
  start(): Promise<void>;
  /** The directory of its socket. */
  host: string;
  /** From now on a user of this name would need a password, and has none. */
  demandPasswords(user: string): Promise<void>;
}

/** Commits reach the kernel before they are answered, so they outlive the processes, though not the machine. */
const SETTINGS = { fsync: 'off', max_connections: '200' };

/** A migrated, empty database of its own cluster. */
export async function givenCluster(settings: Record<string, string> = {}): Promise<Cluster> {
  await using stack = new AsyncDisposableStack();
  const data_dir = await mkdtemp(join(tmpdir(), 'koltrix-cluster-'));
  stack.defer(() => rm(data_dir, { recursive: true, force: true }));
  await prepareDataDir(data_dir);
  const launch = () => startEmbeddedPostgres({ data_dir, settings: { ...SETTINGS, ...settings } });
  let postgres: EmbeddedPostgres | undefined = await launch();
  const { connection } = postgres;
  const stop = async (how: 'fast' | 'crash') => {
    const stopped = postgres;
    postgres = undefined;
    if (how === 'crash' && stopped) await killAll(stopped.pid);
    await stopped?.[Symbol.asyncDispose]();
  };
  stack.defer(() => stop('fast'));
  await migrate(connection);
  const db = stack.use(openDatabase({ connection, pool_size: 4, onIdleError: () => {} }));
  const owned = stack.move();
  return {
    url: `postgres://koltrix@localhost/koltrix?host=${encodeURIComponent(connection.host as string)}`,
    host: connection.host as string,
    db,
    async demandPasswords(user) {
      const rules = join((postgres as EmbeddedPostgres).directory, 'pg_hba.conf');
      await writeFile(rules, `local all ${user} scram-sha-256\nlocal all all trust\n`);
      await db.query({ name: '', text: 'select pg_reload_conf()', values: [] });
    },
    stop,
    async start() {
      // Orphans of a crash may hold the shared memory for a moment longer.
      postgres ??= await until(launch, { every_ms: 200 });
    },
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

/** The postmaster first, so that it replaces none of its children. */
async function killAll(postmaster: number): Promise<void> {
  const { stdout } = await promisify(execFile)('ps', ['-A', '-o', 'pid=,ppid=']);
  const pairs = stdout.split('\n').map((line) => line.trim().split(/\s+/).map(Number));
  const children = pairs.flatMap(([pid, parent]) => (pid && parent === postmaster ? [pid] : []));
  for (const pid of [postmaster, ...children]) {
    try {
      process.kill(pid, 'SIGKILL');
    } catch {
      // It has gone by itself meanwhile.
    }
  }
}
