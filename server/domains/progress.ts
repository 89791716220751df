import type { DkimKeyRow } from '../store/dkim-keys.sql.ts';
import type { DomainRow } from '../store/domains.sql.ts';
import type { Finding } from './judge.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

/** How long a new domain may take to be proven, and a verified one may be without its proof: as large providers have it. */
export const GRACE_MS = 72 * HOUR_MS;
/** How long the record of a key that no longer signs is still wanted: retries take 2 days, and forwarders hold mail too. */
export const RETIREMENT_MS = 7 * DAY_MS;

export interface Progress {
  domain: DomainRow;
  keys: DkimKeyRow[];
  /** Those of `keys` whose time is over. */
  retired: DkimKeyRow[];
}

/**
 * What a look at DNS makes of a domain and its keys (newest first). Pure. `findingOf` answers what was found for a key's
 * record. A key is proven when DNS holds it now; a domain when one of its keys is.
 */
export function progress(
  domain: DomainRow,
  keys: readonly DkimKeyRow[],
  findingOf: (key: DkimKeyRow) => Finding['state'],
  any_trouble: boolean,
  at: Date,
): Progress {
  const proven = keys.filter((key) => findingOf(key) === 'verified');
  const signing = proven[0];
  const next_keys = keys.map((key) => ageKey(key, signing, proven.includes(key), at));
  const retired = next_keys.filter((key) => key.retires_at && signing && key.id < signing.id && key.retires_at <= at);
  const kept = next_keys.filter((key) => !retired.includes(key));
  const standing = nextStanding(domain, standingOf(keys, proven, findingOf), at);
  return {
    domain: {
      ...domain,
      ...standing,
      checked_at: at,
      due_at: nextLook({ ...domain, ...standing }, kept, any_trouble, at),
    },
    keys: kept,
    retired,
  };
}

/** Older keys retire once a newer one has been seen to sign; ids sort by time. */
function ageKey(key: DkimKeyRow, signing: DkimKeyRow | undefined, is_proven: boolean, at: Date): DkimKeyRow {
  const verified_at = key.verified_at ?? (is_proven ? at : null);
  const is_superseded = signing !== undefined && key.id < signing.id && verified_at !== null;
  return {
    ...key,
    verified_at,
    retires_at: is_superseded ? (key.retires_at ?? new Date(at.getTime() + RETIREMENT_MS)) : key.retires_at,
  };
}

type Standing = 'proven' | 'missing' | 'unknown';

/** `missing` only when DNS said so of every key that had ever been there. */
function standingOf(
  keys: readonly DkimKeyRow[],
  proven: readonly DkimKeyRow[],
  findingOf: (key: DkimKeyRow) => Finding['state'],
): Standing {
  if (proven.length) return 'proven';
  const once_proven = keys.filter((key) => key.verified_at);
  return (once_proven.length ? once_proven : keys).some((key) => findingOf(key) === 'unknown') ? 'unknown' : 'missing';
}

function nextStanding(
  domain: DomainRow,
  standing: Standing,
  at: Date,
): Pick<DomainRow, 'status' | 'verified_at' | 'failing_since'> {
  const { status, verified_at, failing_since, created_at } = domain;
  const is_over = (since: Date) => at.getTime() - since.getTime() >= GRACE_MS;
  if (standing === 'proven') return { status: 'verified', verified_at: verified_at ?? at, failing_since: null };
  if (standing === 'unknown') return { status, verified_at, failing_since };
  if (status !== 'verified') return { status: is_over(created_at) ? 'failed' : status, verified_at, failing_since };
  const since = failing_since ?? at;
  return is_over(since)
    ? { status: 'failed', verified_at: null, failing_since: null }
    : { status, verified_at, failing_since: since };
}

/** Often while somebody is likely to be waiting for it, seldom where nothing is expected to change. */
export function nextLook(
  { status, failing_since, created_at }: DomainRow,
  keys: readonly DkimKeyRow[],
  any_trouble: boolean,
  at: Date,
): Date {
  const waits = [status === 'failed' ? DAY_MS : 6 * HOUR_MS];
  if (any_trouble) waits.push(5 * MINUTE_MS);
  if (failing_since) waits.push(15 * MINUTE_MS);
  const expected = keys.find((key) => !key.verified_at);
  const since = expected?.created_at ?? (status === 'pending' ? created_at : undefined);
  if (since && status !== 'failed') waits.push(patience(at.getTime() - since.getTime()));
  for (const { retires_at } of keys)
    if (retires_at) waits.push(Math.max(MINUTE_MS, retires_at.getTime() - at.getTime()));
  return new Date(at.getTime() + Math.min(...waits));
}

function patience(age_ms: number): number {
  if (age_ms < HOUR_MS) return MINUTE_MS;
  return age_ms < DAY_MS ? 10 * MINUTE_MS : HOUR_MS;
}
