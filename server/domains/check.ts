import type { Database, Queryable } from '../store/database.ts';
import { type DkimKeyRow, deleteDkimKey, listDkimKeys, settleDkimKey } from '../store/dkim-keys.sql.ts';
import type { InstallationHosts } from '../store/domain-directory.ts';
import * as store from '../store/domains.sql.ts';
import type { Hints } from '../store/hints.ts';
import type { Log } from '../store/log.ts';
import { releaseUnproven } from '../store/outbound-messages.sql.ts';
import { type Finding, judgeAlias, judgeDkim, judgeDmarc, judgeReturnPath } from './judge.ts';
import type { LookUp } from './look-up.ts';
import { registeredDomain } from './name.ts';
import { progress } from './progress.ts';
import { dkimHost, type ExpectedRecord, expectedRecords } from './records.ts';

export interface CheckDeps {
  db: Database;
  hints: Pick<Hints, 'give'>;
  lookUp: LookUp;
  hosts: InstallationHosts;
  log: Log;
  now(): Date;
}

/** At most this much of what strangers put into DNS is kept. */
const MAX_VALUES = 10;
const MAX_VALUE_LENGTH = 600;

/**
 * Asks DNS for everything about a domain, with nothing locked, and writes down what follows from it. A look that began
 * before one that is written already is dropped. Nothing happens to a domain that was deleted meanwhile.
 */
export async function checkDomain(deps: CheckDeps, domain: store.DomainRow): Promise<void> {
  const { db, now, hosts } = deps;
  const began_at = now();
  const { tenant_id, id } = domain;
  const keys = await listDkimKeys(db, tenant_id, [id]);
  const known = await store.listDomainRecords(db, tenant_id, [id]);
  const records = expectedRecords(domain.name, keys, hosts);
  const findings = new Map(
    await Promise.all(
      records.map(async (record) => {
        const was_verified = known.some((k) => k.name === record.name && k.value === record.value && hasBeenSeen(k));
        return [record, await look(deps.lookUp, record, domain.name, keys, was_verified)] as const;
      }),
    ),
  );
  const { changed, proven } = await db.transaction((tx) => settle(tx, deps, domain, findings, began_at));
  if (changed) deps.hints.give('domains');
  if (proven) await release(deps, domain);
}

const RELEASE_LIMIT = 5_000;

/** Mail that waits for the proof goes at once. With every look that finds it, for the last may have died before this. */
async function release({ db, hints, now }: CheckDeps, { tenant_id, name }: store.DomainRow): Promise<void> {
  for (;;) {
    const count = await releaseUnproven(db, tenant_id, name, now(), RELEASE_LIMIT);
    if (count) hints.give('due');
    if (count < RELEASE_LIMIT) return;
  }
}

/** Once verified and then lost it stays `failed` until it is seen again. */
function hasBeenSeen({ state, found }: store.DomainRecordRow): boolean {
  return state === 'verified' || (state === 'failed' && !found.length);
}

async function look(
  lookUp: LookUp,
  { purpose, name, value }: ExpectedRecord,
  domain: string,
  keys: readonly DkimKeyRow[],
  was_verified: boolean,
): Promise<Finding> {
  switch (purpose) {
    case 'dkim': {
      const key = keys.find(({ selector }) => dkimHost(selector, domain) === name) as DkimKeyRow;
      return judgeDkim(await lookUp.txt(name), key.public_key, key.verified_at !== null);
    }
    case 'return_path': {
      const [alias, mx, of_target] = await Promise.all([lookUp.cname(name), lookUp.mx(name), lookUp.mx(value)]);
      return judgeReturnPath(alias, mx, of_target, value, was_verified);
    }
    case 'tracking':
      return judgeAlias(await lookUp.cname(name), value, was_verified);
    case 'dmarc': {
      const above = registeredDomain(domain);
      const inherited = above === domain ? undefined : lookUp.txt(`_dmarc.${above}`);
      return judgeDmarc(await lookUp.txt(name), await inherited, was_verified);
    }
  }
}

/** In one transaction. Answers whether anything changed that sending must hear of, and whether the domain may send. */
async function settle(
  tx: Queryable,
  { log }: CheckDeps,
  { tenant_id, id }: store.DomainRow,
  findings: Map<ExpectedRecord, Finding>,
  began_at: Date,
): Promise<{ changed: boolean; proven: boolean }> {
  const before = await store.lockDomain(tx, tenant_id, id);
  if (!before || (before.checked_at && before.checked_at > began_at)) return { changed: false, proven: false };
  const keys = await listDkimKeys(tx, tenant_id, [id]);
  const known = await store.listDomainRecords(tx, tenant_id, [id]);
  const by_name = new Map([...findings].map(([record, finding]) => [record.name, finding]));
  // A key that was added meanwhile was not asked for.
  const stateOf = (key: DkimKeyRow) => by_name.get(dkimHost(key.selector, before.name))?.state ?? 'unknown';
  const any_trouble = [...findings.values()].some(({ state }) => state === 'unknown');
  const after = progress(before, keys, stateOf, any_trouble, began_at);
  await store.settleDomain(tx, after.domain);
  for (const key of after.keys) await settleDkimKey(tx, key);
  for (const key of after.retired) await deleteDkimKey(tx, tenant_id, key.id);
  const retired = new Set(after.retired.map((key) => dkimHost(key.selector, before.name)));
  const rows = [...findings]
    .filter(([{ name }]) => !retired.has(name))
    .map(([record, finding]) => toRow(before, record, finding, known, began_at));
  for (const row of rows) await store.putDomainRecord(tx, row);
  const waiting = after.keys.map((key) => dkimHost(key.selector, before.name));
  await store.deleteOtherRecords(tx, tenant_id, id, [...rows.map(({ name }) => name), ...waiting]);
  tell(log, before, after.domain);
  const changed =
    before.status !== after.domain.status ||
    after.retired.length > 0 ||
    rows.some((row) => row.state !== known.find(({ name }) => name === row.name)?.state);
  return { changed, proven: after.domain.status === 'verified' };
}

function toRow(
  { tenant_id, id: domain_id }: store.DomainRow,
  { name, purpose, value }: ExpectedRecord,
  { state, found, detail }: Finding,
  known: readonly store.DomainRecordRow[],
  checked_at: Date,
): store.DomainRecordRow {
  const row = known.find((k) => k.name === name && k.value === value);
  return {
    domain_id,
    tenant_id,
    name,
    purpose,
    value,
    state: state === 'unknown' ? (row?.state ?? 'pending') : state,
    found: state === 'unknown' ? (row?.found ?? []) : found.slice(0, MAX_VALUES).map(clean),
    detail,
    checked_at,
  };
}

/** Text that a column and JSON can hold. */
function clean(text: string): string {
  return text
    .slice(0, MAX_VALUE_LENGTH)
    .replaceAll(/\p{Cc}/gu, '?')
    .toWellFormed();
}

function tell(log: Log, before: store.DomainRow, after: store.DomainRow): void {
  const fields = { domain_id: after.id, domain: after.name };
  if (before.status !== after.status) log.info({ ...fields, status: after.status }, 'domains: the status changed');
  else if (!before.failing_since && after.failing_since)
    log.warn(fields, 'domains: the DKIM record of a verified domain has disappeared');
}
