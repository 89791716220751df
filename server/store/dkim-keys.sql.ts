import type { Queryable } from './database.ts';

/** A key without its private half. */
export interface DkimKeyRow {
  id: string;
  domain_id: string;
  tenant_id: string;
  selector: string;
  /** SubjectPublicKeyInfo in base64. */
  public_key: string;
  created_at: Date;
  verified_at: Date | null;
  retires_at: Date | null;
}

export async function insertDkimKey(
  tx: Queryable,
  key: Omit<DkimKeyRow, 'verified_at' | 'retires_at'> & {
    /** Sealed. */
    private_key: Buffer;
  },
): Promise<void> {
  await tx.query({
    name: 'dkim_keys.insert',
    text: `
      insert into dkim_keys (id, domain_id, tenant_id, selector, private_key, public_key, created_at)
      values ($1, $2, $3, $4, $5, $6, $7)`,
    values: [key.id, key.domain_id, key.tenant_id, key.selector, key.private_key, key.public_key, key.created_at],
  });
}

/** A key whose record was never seen has signed nothing. */
export async function deletePendingDkimKey(tx: Queryable, tenant_id: string, domain_id: string): Promise<void> {
  await tx.query({
    name: 'dkim_keys.delete_pending',
    text: 'delete from dkim_keys where domain_id = $2 and tenant_id = $1 and verified_at is null',
    values: [tenant_id, domain_id],
  });
}

/** Newest first. */
export async function listDkimKeys(db: Queryable, tenant_id: string, domain_ids: string[]): Promise<DkimKeyRow[]> {
  const { rows } = await db.query<DkimKeyRow>({
    name: 'dkim_keys.list',
    text: `
      select id, domain_id, tenant_id, selector, public_key, created_at, verified_at, retires_at
        from dkim_keys where domain_id = any ($2::uuid[]) and tenant_id = $1
       order by id desc`,
    values: [tenant_id, domain_ids],
  });
  return rows;
}

export async function settleDkimKey(
  tx: Queryable,
  { id, tenant_id, verified_at, retires_at }: Pick<DkimKeyRow, 'id' | 'tenant_id' | 'verified_at' | 'retires_at'>,
): Promise<void> {
  await tx.query({
    name: 'dkim_keys.settle',
    text: 'update dkim_keys set verified_at = $3, retires_at = $4 where id = $2 and tenant_id = $1',
    values: [tenant_id, id, verified_at, retires_at],
  });
}

export async function deleteDkimKey(tx: Queryable, tenant_id: string, id: string): Promise<void> {
  await tx.query({
    name: 'dkim_keys.delete',
    text: 'delete from dkim_keys where id = $2 and tenant_id = $1',
    values: [tenant_id, id],
  });
}

export interface SendingDomainRow {
  id: string;
  verified: boolean;
  keys: { id: string; selector: string; private_key: string }[];
  return_path: string | null;
  tracking_host: string | null;
}

/**
 * What sending wants to know of a domain. Keys: those that DNS has held, first the one that signs: the newest of those
 * that DNS was last found to hold. Hosts count only for the values that are expected now.
 */
export async function findSendingDomain(
  db: Queryable,
  tenant_id: string,
  name: string,
  expected: { return_path: string | undefined; tracking: string | undefined },
): Promise<SendingDomainRow | undefined> {
  const { rows } = await db.query<SendingDomainRow>({
    name: 'dkim_keys.find_sending_domain',
    text: `
      select d.id, d.status = 'verified' as verified,
             (select coalesce(json_agg(json_build_object('id', k.id, 'selector', k.selector,
                       'private_key', encode(k.private_key, 'base64')) order by r.state = 'verified' desc nulls last, k.id desc), '[]')
                from dkim_keys k
                left join domain_records r on r.domain_id = d.id and r.name = k.selector || '._domainkey.' || d.name
               where k.domain_id = d.id and k.verified_at is not null) as keys,
             (select r.name from domain_records r
               where r.domain_id = d.id and r.purpose = 'return_path' and r.state = 'verified' and r.value = $3) as return_path,
             (select r.name from domain_records r
               where r.domain_id = d.id and r.purpose = 'tracking' and r.state = 'verified' and r.value = $4) as tracking_host
        from domains d
       where d.tenant_id = $1 and d.name = $2`,
    values: [tenant_id, name, expected.return_path ?? null, expected.tracking ?? null],
  });
  return rows[0];
}
