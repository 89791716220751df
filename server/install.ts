import { randomBytes, timingSafeEqual } from 'node:crypto';
import { chmod, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { StartupError } from './startup-error.ts';
import { insertKey } from './store/api-keys.sql.ts';
import type { Database } from './store/database.ts';
import { newId } from './store/ids.ts';
import { newApiKey, storedForm } from './store/new-api-key.ts';
import type { Seal } from './store/seal.ts';
import { claimInstallation, hasTenants, insertTenant, lockInstallation } from './store/tenants.sql.ts';

/** The secret of the data directory; made when there is none. */
export async function secretIn(data_dir: string): Promise<string> {
  const path = join(data_dir, 'secret');
  const made = randomBytes(32).toString('base64url');
  await writeFile(path, made, { mode: 0o600, flag: 'wx' }).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'EEXIST') throw error;
  });
  await chmod(path, 0o600);
  return (await readFile(path, 'utf8')).trim();
}

/** Refuses to start with another secret than the installation's, or its successor: what it sealed could not be opened. */
export async function checkSecret(db: Database, seal: Seal): Promise<void> {
  const known = await claimInstallation(db, seal.check(), seal.previous_checks());
  if (known.length === seal.check().length && timingSafeEqual(known, seal.check())) return;
  throw new StartupError(
    'KOLTRIX_SECRET: this database belongs to an installation with another secret; set the one that its other processes use, or name the one that this replaces in KOLTRIX_PREVIOUS_SECRETS',
  );
}

/** The first tenant and its key, in an empty database. Answers the key when one was made now. */
export async function firstKey(db: Database, initial_key: string | undefined, now: Date): Promise<string | undefined> {
  return db.transaction(async (tx) => {
    await lockInstallation(tx);
    if (await hasTenants(tx)) return undefined;
    const tenant_id = newId();
    const key = initial_key ?? newApiKey(randomBytes);
    await insertTenant(tx, { id: tenant_id, name: 'default', created_at: now });
    await insertKey(tx, {
      id: newId(),
      tenant_id,
      name: 'initial',
      scope: 'full',
      ...storedForm(key),
      created_at: now,
    });
    return key;
  });
}
