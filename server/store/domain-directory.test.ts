import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Clock, givenClock } from '../../test/support/clock.ts';
import { givenDatabase, type TestDatabase } from '../../test/support/database.ts';
import { letSend } from '../../test/support/verified-domain.ts';
import type { Database } from './database.ts';
import { createDomainDirectory, type SendingDomain } from './domain-directory.ts';
import { deleteDomain } from './domains.sql.ts';
import { type Hints, localHints } from './hints.ts';
import { newId } from './ids.ts';
import { createSeal } from './seal.ts';
import { insertTenant } from './tenants.sql.ts';

const seal = createSeal('a secret for tests alone');
let database: TestDatabase;
let hints: Hints;
let clock: Clock;
beforeAll(async () => {
  database = await givenDatabase();
  hints = localHints();
  clock = givenClock({ stands: true });
});
afterAll(() => database[Symbol.asyncDispose]());

async function givenTenant(): Promise<string> {
  const id = newId();
  await insertTenant(database.db, { id, name: 'acme', created_at: clock.now() });
  return id;
}

/** A directory whose questions to the database are counted. */
function givenDirectory(db: Database = database.db) {
  const asked = { count: 0 };
  const counting: Database = {
    ...db,
    query(statement) {
      asked.count++;
      return db.query(statement);
    },
  };
  const hosts = { bounce_domain: undefined, public_host: undefined };
  return { asked, directory: createDomainDirectory({ db: counting, hints, now: clock.now }, hosts) };
}

describe('the directory', () => {
  test('asks the database once in five seconds, for all who ask meanwhile, and then answers at once', async () => {
    const tenant = await givenTenant();
    await letSend({ db: database.db, seal }, tenant);
    const { asked, directory } = givenDirectory();
    const found = await Promise.all(Array.from({ length: 50 }, () => directory.find(tenant, 'acme.example')));
    expect(new Set(found.map((domain) => domain?.id)).size).toBe(1);
    expect(directory.find(tenant, 'acme.example')).not.toBeInstanceOf(Promise);
    expect(asked.count).toBe(1);
    clock.advance({ seconds: 6 });
    expect(await directory.find(tenant, 'acme.example')).toMatchObject({ verified: true });
    expect(asked.count).toBe(2);
  });

  test('knows who has no such domain, too', async () => {
    const [acme, umbrella] = [await givenTenant(), await givenTenant()];
    await letSend({ db: database.db, seal }, acme);
    const { asked, directory } = givenDirectory();
    expect(await directory.find(umbrella, 'acme.example')).toBeUndefined();
    expect(directory.find(umbrella, 'acme.example')).toBeUndefined();
    expect(await directory.find(acme, 'sub.acme.example')).toBeUndefined();
    expect(asked.count).toBe(2);
  });

  test('forgets at a hint, also what is just being read', async () => {
    const tenant = await givenTenant();
    await letSend({ db: database.db, seal }, tenant);
    const { directory } = givenDirectory();
    const { id } = (await directory.find(tenant, 'acme.example')) as SendingDomain;
    const heard = new Promise<void>((resolve) => {
      hints.on('domains', resolve);
    });
    await deleteDomain(database.db, tenant, id);
    hints.give('domains');
    await heard;
    expect(await directory.find(tenant, 'acme.example')).toBeUndefined();
  });

  test('does not remember that the database was away', async () => {
    const tenant = await givenTenant();
    await letSend({ db: database.db, seal }, tenant);
    let away = true;
    const { directory } = givenDirectory({
      ...database.db,
      query: (statement) => (away ? Promise.reject(new Error('away')) : database.db.query(statement)),
    });
    await expect(directory.find(tenant, 'acme.example')).rejects.toThrow('away');
    away = false;
    expect(await directory.find(tenant, 'acme.example')).toMatchObject({ verified: true });
  });
});
