import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chmod, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import pg from 'pg';
import { type Home, homeFor } from './embedded-home.ts';

const run = promisify(execFile);

export interface EmbeddedPostgres extends AsyncDisposable {
  connection: pg.ClientConfig;
  /** Where the cluster lies; differs from the data directory when root's own cannot be entered by another user. */
  directory: string;
  pid: number;
}

export interface EmbeddedOptions {
  data_dir: string;
  /** Further settings, as `fsync=off` for tests. */
  settings?: Record<string, string>;
}

/** A real Postgres below the data directory, reachable by a private Unix socket alone. Stopped when disposed of. */
export async function startEmbeddedPostgres({ data_dir, settings = {} }: EmbeddedOptions): Promise<EmbeddedPostgres> {
  const home = await homeFor(data_dir);
  await stopLeftover(home);
  if (!(await exists(join(home.cluster, 'PG_VERSION')))) await initialise(home);
  const socket_dir = join(tmpdir(), `koltrix-${createHash('sha256').update(home.cluster).digest('hex').slice(0, 12)}`);
  await rm(socket_dir, { recursive: true, force: true });
  await mkdir(socket_dir, { mode: 0o700 });
  await home.own(socket_dir);
  const connection: pg.ClientConfig = { host: socket_dir, user: 'koltrix', database: 'postgres' };
  const postmaster = launch(home, socket_dir, settings);
  await ready(connection, postmaster, home);
  await createDatabase(connection);
  return {
    connection: { ...connection, database: 'koltrix' },
    directory: home.cluster,
    pid: postmaster.pid as number,
    async [Symbol.asyncDispose]() {
      await stop(postmaster);
      await rm(socket_dir, { recursive: true, force: true });
    },
  };
}

async function initialise(home: Home): Promise<void> {
  // Made beside its place and moved there when it is whole: a start that is killed halfway leaves no cluster, not half of one.
  const unfinished = `${home.cluster}.new`;
  await rm(home.cluster, { recursive: true, force: true });
  await rm(unfinished, { recursive: true, force: true, maxRetries: 20 });
  await mkdir(unfinished, { mode: 0o700, recursive: true });
  await home.own(unfinished);
  // Trust is safe here: the socket's directory can be entered by this user alone, and there is no TCP port.
  const flags = ['-D', unfinished, '-U', 'koltrix', '-A', 'trust', '-E', 'UTF8', '--locale=C', '--no-sync'];
  await run(home.binary('initdb'), flags, { ...home.identity, cwd: unfinished });
  await rename(unfinished, home.cluster);
}

/** Settings for one machine that also runs the application; all durable. */
const SETTINGS = {
  listen_addresses: '',
  max_connections: '100',
  shared_buffers: '128MB',
  wal_level: 'minimal',
  max_wal_senders: '0',
  max_wal_size: '2GB',
  checkpoint_timeout: '15min',
  autovacuum_naptime: '15s',
  log_min_messages: 'warning',
};

function launch(home: Home, socket_dir: string, settings: Record<string, string>): ChildProcess {
  const flags = Object.entries({ ...SETTINGS, ...settings }).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
  // A session of its own: Ctrl-C in the terminal must not stop the database before its clients have drained.
  const child = spawn(home.binary('postgres'), ['-D', home.cluster, '-k', socket_dir, ...flags], {
    ...home.identity,
    cwd: home.cluster,
    detached: true,
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  child.unref();
  // However this process ends by itself, its database ends with it.
  const stopToo = () => void child.kill('SIGINT');
  process.once('exit', stopToo);
  child.once('exit', () => process.off('exit', stopToo));
  return child;
}

async function ready(connection: pg.ClientConfig, postmaster: ChildProcess, home: Home): Promise<void> {
  let said = '';
  const listen = (chunk: Buffer) => {
    said = (said + chunk).slice(-2_000);
  };
  postmaster.stderr?.on('data', listen);
  for (let tries = 0; tries < 1_500; tries++) {
    if (postmaster.exitCode !== null || postmaster.signalCode !== null) {
      throw new Error(`The embedded Postgres in ${home.cluster} did not start: ${said.trim().split('\n').at(-1)}`);
    }
    const client = new pg.Client(connection);
    try {
      await client.connect();
      await client.end();
      postmaster.stderr?.off('data', listen).resume();
      return;
    } catch {
      await sleep(20);
    }
  }
  throw new Error(`The embedded Postgres in ${home.cluster} did not answer within 30 s: ${said.trim()}`);
}

async function createDatabase(connection: pg.ClientConfig): Promise<void> {
  const client = new pg.Client(connection);
  await client.connect();
  const { rowCount } = await client.query(`select from pg_database where datname = 'koltrix'`);
  if (!rowCount) await client.query('create database koltrix');
  await client.end();
}

/** SIGINT: "fast shutdown": running transactions are rolled back, the data is flushed. */
async function stop(postmaster: ChildProcess): Promise<void> {
  if (postmaster.exitCode !== null || postmaster.signalCode !== null) return;
  const gone = new Promise<void>((resolve) => postmaster.once('exit', () => resolve()));
  postmaster.ref();
  postmaster.kill('SIGINT');
  await gone;
}

/** A process that was killed leaves its Postgres behind; the data directory is locked by us, so it is nobody else's. */
async function stopLeftover(home: Home): Promise<void> {
  const pid = Number((await readFile(join(home.cluster, 'postmaster.pid'), 'utf8').catch(() => '')).split('\n')[0]);
  // After a restart of the machine the number may be anybody's, so the process has to name this cluster.
  if (!pid || pid === process.pid || !(await commandOf(pid)).includes(`-D ${home.cluster} `)) return;
  process.kill(pid, 'SIGINT');
  for (let tries = 0; tries < 500 && (await commandOf(pid)); tries++) await sleep(20);
}

/** Empty when there is no such process. `ps` comes second: outside a UTF-8 locale it writes non-ASCII letters as "?". */
async function commandOf(pid: number): Promise<string> {
  const arguments_ = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => undefined);
  if (arguments_ !== undefined) return arguments_.replaceAll('\0', ' ');
  return run('env', ['LC_ALL=en_US.UTF-8', 'ps', '-ww', '-o', 'command=', '-p', String(pid)]).then(
    ({ stdout }) => stdout.trim(),
    () => '',
  );
}

async function exists(path: string): Promise<boolean> {
  return readFile(path).then(
    () => true,
    () => false,
  );
}

/** Makes the directory: others may pass through it (Postgres may run as another user) but not look; throws when it cannot be written. */
export async function prepareDataDir(data_dir: string): Promise<void> {
  await mkdir(data_dir, { recursive: true });
  await chmod(data_dir, 0o711);
  const probe = join(data_dir, '.writable');
  await writeFile(probe, '');
  await rm(probe);
}
