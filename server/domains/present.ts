import type { DkimKey, Domain, DomainRecord } from '../generated/types.gen.ts';
import type { DkimKeyRow } from '../store/dkim-keys.sql.ts';
import type { InstallationHosts } from '../store/domain-directory.ts';
import type { DomainRecordRow, DomainRow } from '../store/domains.sql.ts';
import { showId } from '../store/ids.ts';
import { unicodeName } from './name.ts';
import { GRACE_MS } from './progress.ts';
import { type ExpectedRecord, expectedRecords, txtStrings } from './records.ts';

/** A domain as the contract has it. `keys` newest first; `found`: what DNS was last found to hold. */
export function presentDomain(
  row: DomainRow,
  keys: readonly DkimKeyRow[],
  found: readonly DomainRecordRow[],
  hosts: InstallationHosts,
): Domain {
  const records = expectedRecords(row.name, keys, hosts).map((record) => presentRecord(record, found));
  const inUse = (purpose: DomainRecord['purpose']) =>
    row.status === 'verified'
      ? (records.find((r) => r.purpose === purpose && r.state === 'verified')?.name ?? null)
      : null;
  return {
    id: showId('dom', row.id),
    name: row.name,
    unicode_name: unicodeName(row.name),
    status: row.status,
    records,
    dkim_keys: keys.map(presentKey),
    return_path: inUse('return_path'),
    tracking_host: inUse('tracking'),
    verified_at: shownTime(row.verified_at),
    failing_since: shownTime(row.failing_since),
    grace_ends_at: shownTime(row.failing_since && new Date(row.failing_since.getTime() + GRACE_MS)),
    checked_at: shownTime(row.checked_at),
    next_check_at: row.due_at.toISOString(),
    track_opens: row.track_opens,
    track_clicks: row.track_clicks,
    created_at: row.created_at.toISOString(),
  };
}

function presentRecord(
  { purpose, required, type, name, value }: ExpectedRecord,
  found: readonly DomainRecordRow[],
): DomainRecord {
  // What was found while another value was expected says nothing of this one.
  const last = found.find((row) => row.name === name && row.value === value);
  return {
    purpose,
    required,
    type,
    name,
    value,
    strings: type === 'TXT' ? txtStrings(value) : [],
    state: last?.state ?? 'pending',
    found: last?.found ?? [],
    detail: last?.detail ?? null,
    checked_at: shownTime(last?.checked_at),
  };
}

function presentKey({ selector, created_at, verified_at, retires_at }: DkimKeyRow): DkimKey {
  return {
    selector,
    state: retires_at ? 'retiring' : verified_at ? 'active' : 'pending',
    created_at: created_at.toISOString(),
    verified_at: shownTime(verified_at),
    retires_at: shownTime(retires_at),
  };
}

function shownTime(time: Date | null | undefined): string | null {
  return time?.toISOString() ?? null;
}
