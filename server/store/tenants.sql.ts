import type { Queryable } from './database.ts';

export interface TenantRow {
  id: string;
  name: string;
  created_at: Date;
}

/** What holds where neither an email nor its domain says. */
export interface TenantSettings {
  track_opens: boolean;
  track_clicks: boolean;
}

export async function insertTenant(db: Queryable, tenant: TenantRow): Promise<void> {
  await db.query({
    name: 'tenants.insert_tenant',
    text: 'insert into tenants (id, name, created_at) values ($1, $2, $3)',
    values: [tenant.id, tenant.name, tenant.created_at],
  });
}

export async function findTenant(db: Queryable, id: string): Promise<(TenantRow & TenantSettings) | undefined> {
  const { rows } = await db.query<TenantRow & TenantSettings>({
    name: 'tenants.find_tenant',
    text: 'select id, name, created_at, track_opens, track_clicks from tenants where id = $1',
    values: [id],
  });
  return rows[0];
}

/** Only what is given changes. */
export async function updateTenant(db: Queryable, id: string, change: Partial<TenantSettings>): Promise<void> {
  await db.query({
    name: 'tenants.update_tenant',
    text: `
      update tenants set track_opens = coalesce($2, track_opens), track_clicks = coalesce($3, track_clicks)
       where id = $1`,
    values: [id, change.track_opens ?? null, change.track_clicks ?? null],
  });
}

export async function hasTenants(db: Queryable): Promise<boolean> {
  const { rowCount } = await db.query({ name: 'tenants.has_tenants', text: 'select from tenants limit 1', values: [] });
  return rowCount === 1;
}

/** The check value of this installation's secret; stores ours when there is none yet, or that of a previous secret. */
export async function claimInstallation(
  db: Queryable,
  secret_check: Buffer,
  previous_checks: readonly Buffer[],
): Promise<Buffer> {
  const { rows } = await db.query<{ secret_check: Buffer }>({
    name: 'installation.claim',
    text: `
      with made as (
        insert into installation as old (secret_check) values ($1)
        on conflict (only_row) do update set secret_check = excluded.secret_check
         where old.secret_check = any ($2::bytea[])
        returning secret_check
      )
      select secret_check from made union all select secret_check from installation`,
    values: [secret_check, previous_checks],
  });
  return (rows[0] as { secret_check: Buffer }).secret_check;
}

/** Until the transaction's end nobody else sets the installation up. */
export async function lockInstallation(tx: Queryable): Promise<void> {
  await tx.query({ name: 'installation.lock', text: 'lock table installation in exclusive mode', values: [] });
}
