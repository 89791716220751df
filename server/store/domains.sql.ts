import type { DomainRecordPurpose, DomainRecordState, DomainStatus } from '../generated/types.gen.ts';
import type { Queryable } from './database.ts';

export interface DomainRow {
  id: string;
  tenant_id: string;
  /** Lower case, in ASCII. */
  name: string;
  status: DomainStatus;
  verified_at: Date | null;
  failing_since: Date | null;
  /** When the look-ups began on which the state rests. */
  checked_at: Date | null;
  /** When DNS is to be asked next or, while leased, the end of the lease. */
  due_at: Date;
  created_at: Date;
  /** Null: as the tenant says. */
  track_opens: boolean | null;
  track_clicks: boolean | null;
}

const COLUMNS =
  'id, tenant_id, name, status, verified_at, failing_since, checked_at, due_at, created_at, track_opens, track_clicks';

/** Undefined when the tenant has the name already, or `limit` domains. */
export async function insertDomain(
  tx: Queryable,
  { id, tenant_id, name, due_at, created_at }: Pick<DomainRow, 'id' | 'tenant_id' | 'name' | 'due_at' | 'created_at'>,
  limit: number,
): Promise<DomainRow | undefined> {
  const { rows } = await tx.query<DomainRow>({
    name: 'domains.insert',
    text: `
      insert into domains (id, tenant_id, name, status, due_at, created_at)
      select $1, $2, $3, 'pending', $4, $5
       where (select count(*) from domains where tenant_id = $2) < $6
      on conflict (tenant_id, name) do nothing
      returning ${COLUMNS}`,
    values: [id, tenant_id, name, due_at, created_at, limit],
  });
  return rows[0];
}

export async function domainExists(db: Queryable, tenant_id: string, name: string): Promise<boolean> {
  const { rowCount } = await db.query({
    name: 'domains.exists',
    text: 'select from domains where tenant_id = $1 and name = $2',
    values: [tenant_id, name],
  });
  return rowCount === 1;
}

export async function getDomain(db: Queryable, tenant_id: string, id: string): Promise<DomainRow | undefined> {
  const { rows } = await db.query<DomainRow>({
    name: 'domains.get',
    text: `select ${COLUMNS} from domains where id = $2 and tenant_id = $1`,
    values: [tenant_id, id],
  });
  return rows[0];
}

/** Until the transaction's end nobody else changes the domain or its keys. */
export async function lockDomain(tx: Queryable, tenant_id: string, id: string): Promise<DomainRow | undefined> {
  const { rows } = await tx.query<DomainRow>({
    name: 'domains.lock',
    text: `select ${COLUMNS} from domains where id = $2 and tenant_id = $1 for update`,
    values: [tenant_id, id],
  });
  return rows[0];
}

/** Newest first, those older than `before`. */
export async function listDomains(
  db: Queryable,
  tenant_id: string,
  before: string | undefined,
  limit: number,
): Promise<DomainRow[]> {
  const { rows } = await db.query<DomainRow>({
    name: 'domains.list',
    text: `
      select ${COLUMNS} from domains
       where tenant_id = $1 and ($2::uuid is null or id < $2)
       order by id desc limit $3`,
    values: [tenant_id, before ?? null, limit],
  });
  return rows;
}

/** Only what is given changes. Undefined when the tenant has no such domain. */
export async function updateDomainTracking(
  db: Queryable,
  tenant_id: string,
  id: string,
  { track_opens, track_clicks }: { track_opens?: boolean | null; track_clicks?: boolean | null },
): Promise<DomainRow | undefined> {
  const { rows } = await db.query<DomainRow>({
    name: 'domains.update_tracking',
    text: `
      update domains
         set track_opens = case when $3 then $4 else track_opens end,
             track_clicks = case when $5 then $6 else track_clicks end
       where id = $2 and tenant_id = $1
      returning ${COLUMNS}`,
    values: [tenant_id, id, track_opens !== undefined, track_opens, track_clicks !== undefined, track_clicks],
  });
  return rows[0];
}

/** Its keys and records go with it. False when the tenant has no such domain. */
export async function deleteDomain(db: Queryable, tenant_id: string, id: string): Promise<boolean> {
  const { rowCount } = await db.query({
    name: 'domains.delete',
    text: 'delete from domains where id = $2 and tenant_id = $1',
    values: [tenant_id, id],
  });
  return rowCount === 1;
}

/** Takes domains whose time to be looked at has come; a crash lets the lease run out. */
export async function leaseDueDomains(
  db: Queryable,
  worker: string,
  now: Date,
  limit: number,
  lease_s: number,
): Promise<DomainRow[]> {
  const { rows } = await db.query<DomainRow>({
    name: 'domains.lease_due',
    text: `
      with due as (
        select id from domains
         where due_at <= $2
         order by due_at limit $3 for update skip locked
      )
      update domains d
         set due_at = $2::timestamptz + make_interval(secs => $4), leased_by = $1
        from due where d.id = due.id
      returning ${COLUMNS.replaceAll(/\w+/g, 'd.$&')}`,
    values: [worker, now, limit, lease_s],
  });
  return rows;
}

/** What a look at DNS has made of the domain; the lease, if there is one, ends. */
export async function settleDomain(
  tx: Queryable,
  { id, tenant_id, status, verified_at, failing_since, checked_at, due_at }: DomainRow,
): Promise<void> {
  await tx.query({
    name: 'domains.settle',
    text: `
      update domains
         set status = $3, verified_at = $4, failing_since = $5, checked_at = $6, due_at = $7, leased_by = null
       where id = $2 and tenant_id = $1`,
    values: [tenant_id, id, status, verified_at, failing_since, checked_at, due_at],
  });
}

export interface DomainRecordRow {
  domain_id: string;
  tenant_id: string;
  name: string;
  purpose: DomainRecordPurpose;
  /** What was expected when it was looked at. */
  value: string;
  state: DomainRecordState;
  found: string[];
  detail: string | null;
  checked_at: Date;
}

export async function listDomainRecords(
  db: Queryable,
  tenant_id: string,
  domain_ids: string[],
): Promise<DomainRecordRow[]> {
  const { rows } = await db.query<DomainRecordRow>({
    name: 'domain_records.list',
    text: `
      select domain_id, tenant_id, name, purpose, value, state, found, detail, checked_at
        from domain_records where domain_id = any ($2::uuid[]) and tenant_id = $1`,
    values: [tenant_id, domain_ids],
  });
  return rows;
}

export async function putDomainRecord(tx: Queryable, row: DomainRecordRow): Promise<void> {
  await tx.query({
    name: 'domain_records.put',
    text: `
      insert into domain_records (domain_id, tenant_id, name, purpose, value, state, found, detail, checked_at)
      values ($1, $2, $3, $4, $5, $6, $7, $8, $9)
      on conflict (domain_id, name) do update
         set purpose = excluded.purpose, value = excluded.value, state = excluded.state, found = excluded.found,
             detail = excluded.detail, checked_at = excluded.checked_at`,
    values: [
      row.domain_id,
      row.tenant_id,
      row.name,
      row.purpose,
      row.value,
      row.state,
      row.found,
      row.detail,
      row.checked_at,
    ],
  });
}

/** Forgets what was found at names that are no longer asked for. */
export async function deleteOtherRecords(
  tx: Queryable,
  tenant_id: string,
  domain_id: string,
  names: string[],
): Promise<void> {
  await tx.query({
    name: 'domain_records.delete_others',
    text: 'delete from domain_records where domain_id = $2 and tenant_id = $1 and name <> all ($3::text[])',
    values: [tenant_id, domain_id, names],
  });
}
