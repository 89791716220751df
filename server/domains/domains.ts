import { invalid, notFound, Refusal } from '../errors/refusal.ts';
import type { CreateDomain, Domain, UpdateDomain } from '../generated/types.gen.ts';
import type { Queryable } from '../store/database.ts';
import { deletePendingDkimKey, insertDkimKey, listDkimKeys } from '../store/dkim-keys.sql.ts';
import type { InstallationHosts } from '../store/domain-directory.ts';
import * as store from '../store/domains.sql.ts';
import { readId } from '../store/ids.ts';
import type { Seal } from '../store/seal.ts';
import { lockTenant } from '../store/webhook-endpoints.sql.ts';
import { type NewKeyPair, newKeyPair } from './keys.ts';
import { parseDomainName } from './name.ts';
import { presentDomain } from './present.ts';

export const MAX_DOMAINS = 1_000;
/** Nobody has published anything in the first moments. */
const FIRST_LOOK_MS = 60_000;

export interface DomainDeps {
  db: Queryable;
  seal: Pick<Seal, 'seal'>;
  hosts: InstallationHosts;
  now(): Date;
  newId(): string;
}

export interface PreparedDomain {
  /** Lower case, in ASCII. */
  name: string;
  pair: NewKeyPair;
}

/** What takes its time, outside any transaction. Refuses: `invalid-request` (the name), `invalid-state` (it is taken). */
export async function prepareDomain(
  { db }: Pick<DomainDeps, 'db'>,
  tenant_id: string,
  { name: text }: CreateDomain,
): Promise<PreparedDomain> {
  const { name, fault } = parseDomainName(text);
  if (fault !== undefined) throw invalid({ pointer: '/name', detail: fault });
  if (await store.domainExists(db, tenant_id, name)) throw taken(name);
  return { name, pair: await newKeyPair() };
}

/** Runs in the caller's transaction. Refuses: `invalid-state` (the tenant has the name, or 1,000 domains). */
export async function createDomain(
  deps: Pick<DomainDeps, 'seal' | 'hosts' | 'now' | 'newId'>,
  tx: Queryable,
  tenant_id: string,
  { name, pair }: PreparedDomain,
): Promise<Domain> {
  await lockTenant(tx, tenant_id);
  const created_at = deps.now();
  const due_at = new Date(created_at.getTime() + FIRST_LOOK_MS);
  const row = await store.insertDomain(tx, { id: deps.newId(), tenant_id, name, due_at, created_at }, MAX_DOMAINS);
  if (!row) {
    if (await store.domainExists(tx, tenant_id, name)) throw taken(name);
    throw new Refusal('invalid-state', `There are ${MAX_DOMAINS} domains already; delete one first.`);
  }
  await addKey(deps, tx, row, pair);
  return presentOne(deps, tx, row);
}

/** Newest first, those older than `before` (a uuid), with their uuids. */
export async function listDomains(
  deps: Pick<DomainDeps, 'db' | 'hosts'>,
  tenant_id: string,
  before: string | undefined,
  limit: number,
): Promise<{ id: string; shown: Domain }[]> {
  const rows = await store.listDomains(deps.db, tenant_id, before, limit);
  const shown = await presentAll(deps, deps.db, tenant_id, rows);
  return rows.map(({ id }, i) => ({ id, shown: shown[i] as Domain }));
}

export async function getDomain(
  deps: Pick<DomainDeps, 'db' | 'hosts'>,
  tenant_id: string,
  shown_id: string,
): Promise<Domain> {
  return presentOne(deps, deps.db, await findDomain(deps, tenant_id, shown_id));
}

/** The tenant's domain with a shown id; `not-found` for another tenant's too. */
export async function findDomain(
  { db }: Pick<DomainDeps, 'db'>,
  tenant_id: string,
  shown_id: string,
): Promise<store.DomainRow> {
  const row = await store.getDomain(db, tenant_id, idOf(shown_id));
  if (!row) throw notFound('domain');
  return row;
}

/** Whether mail from the domain is tracked; only what is given changes. */
export async function updateDomain(
  deps: Pick<DomainDeps, 'db' | 'hosts'>,
  tenant_id: string,
  shown_id: string,
  change: UpdateDomain,
): Promise<Domain> {
  const row = await store.updateDomainTracking(deps.db, tenant_id, idOf(shown_id), change);
  if (!row) throw notFound('domain');
  return presentOne(deps, deps.db, row);
}

export async function deleteDomain({ db }: Pick<DomainDeps, 'db'>, tenant_id: string, shown_id: string): Promise<void> {
  if (!(await store.deleteDomain(db, tenant_id, idOf(shown_id)))) throw notFound('domain');
}

/** Runs in the caller's transaction. A new key that still waits for its record gives way to this one. */
export async function rotateDkim(
  deps: Pick<DomainDeps, 'seal' | 'hosts' | 'now' | 'newId'>,
  tx: Queryable,
  tenant_id: string,
  shown_id: string,
  pair: NewKeyPair,
): Promise<Domain> {
  const row = await store.lockDomain(tx, tenant_id, idOf(shown_id));
  if (!row) throw notFound('domain');
  // Somebody is about to publish its record.
  const due_at = new Date(Math.min(row.due_at.getTime(), deps.now().getTime() + FIRST_LOOK_MS));
  await deletePendingDkimKey(tx, tenant_id, row.id);
  await addKey(deps, tx, row, pair);
  await store.settleDomain(tx, { ...row, due_at });
  return presentOne(deps, tx, { ...row, due_at });
}

function addKey(
  { seal, now, newId }: Pick<DomainDeps, 'seal' | 'now' | 'newId'>,
  tx: Queryable,
  { id: domain_id, tenant_id }: store.DomainRow,
  { private_key, ...pair }: NewKeyPair,
): Promise<void> {
  const sealed = seal.seal(private_key);
  return insertDkimKey(tx, { id: newId(), domain_id, tenant_id, ...pair, private_key: sealed, created_at: now() });
}

async function presentOne(deps: Pick<DomainDeps, 'hosts'>, db: Queryable, row: store.DomainRow): Promise<Domain> {
  return (await presentAll(deps, db, row.tenant_id, [row]))[0] as Domain;
}

async function presentAll(
  { hosts }: Pick<DomainDeps, 'hosts'>,
  db: Queryable,
  tenant_id: string,
  rows: readonly store.DomainRow[],
): Promise<Domain[]> {
  const ids = rows.map(({ id }) => id);
  const keys = Map.groupBy(await listDkimKeys(db, tenant_id, ids), (key) => key.domain_id);
  const found = Map.groupBy(await store.listDomainRecords(db, tenant_id, ids), (record) => record.domain_id);
  return rows.map((row) => presentDomain(row, keys.get(row.id) ?? [], found.get(row.id) ?? [], hosts));
}

function taken(name: string): Refusal {
  return new Refusal('invalid-state', `${name} is among your domains already.`);
}

function idOf(shown_id: string): string {
  const id = readId('dom', shown_id);
  if (id === undefined) throw notFound('domain');
  return id;
}
