import { newKeyPair } from '../../server/domains/index.ts';
import type { Database } from '../../server/store/database.ts';
import { insertDkimKey, settleDkimKey } from '../../server/store/dkim-keys.sql.ts';
import { insertDomain, settleDomain } from '../../server/store/domains.sql.ts';
import { newId } from '../../server/store/ids.ts';
import { createSeal, type Seal } from '../../server/store/seal.ts';

/** Long enough that nobody asks DNS about it while a test runs. */
const DAY_MS = 24 * 3_600_000;

/** One key serves all tests of a file: making one takes its time. */
let pair: ReturnType<typeof newKeyPair> | undefined;

/**
 * Lets a tenant send from a domain as if DNS had proven it, for tests of what comes after: outside capture mode mail is
 * taken only from such domains.
 */
export async function letSend(
  { db, seal }: { db: Database; seal: Pick<Seal, 'seal'> },
  tenant_id: string,
  name = 'acme.example',
): Promise<void> {
  pair ??= newKeyPair();
  const { selector, public_key, private_key } = await pair;
  const at = new Date();
  const id = newId();
  await db.transaction(async (tx) => {
    const domain = { id, tenant_id, name, created_at: at, due_at: new Date(at.getTime() + DAY_MS) };
    const row = await insertDomain(tx, domain, 1_000);
    if (!row) throw new Error(`the tenant has ${name} already`);
    const key = { id: newId(), domain_id: id, tenant_id, selector, public_key, created_at: at };
    await insertDkimKey(tx, { ...key, private_key: seal.seal(private_key) });
    await settleDkimKey(tx, { ...key, verified_at: at, retires_at: null });
    await settleDomain(tx, { ...row, status: 'verified', verified_at: at, checked_at: at });
  });
}

/** The same for the only tenant of servers that run in processes of their own, under that secret. */
export async function letFirstTenantSend(db: Database, secret = 'a secret for tests alone'): Promise<void> {
  const { rows } = await db.query<{ id: string }>({
    name: 'first_tenant',
    text: 'select id from tenants order by id limit 1',
    values: [],
  });
  if (!rows[0]) throw new Error('there is no tenant yet');
  await letSend({ db, seal: createSeal(secret) }, rows[0].id);
}
