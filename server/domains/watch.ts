import { type DomainRow, leaseDueDomains } from '../store/domains.sql.ts';
import type { Hints } from '../store/hints.ts';
import { type LeasedWorker, startLeasedWork } from '../store/leased-work.ts';
import { type CheckDeps, checkDomain } from './check.ts';

export interface WatchOptions extends CheckDeps {
  hints: Hints;
  worker: string;
}

/** Longer than any look takes. */
const LEASE_S = 120;
const POLL_MS = 5_000;
const AT_ONCE = 8;

/** Looks at each domain when its time has come, until disposed of. Any number of workers share the work. */
export function watchDomains(options: WatchOptions): LeasedWorker {
  const { db, hints, log, worker, now } = options;
  return startLeasedWork<DomainRow>({
    lease: (limit) => leaseDueDomains(db, worker, now(), limit, LEASE_S),
    work: (domain) => checkDomain(options, domain),
    concurrency: AT_ONCE,
    poll_ms: POLL_MS,
    hints,
    topic: 'domains',
    onError: (error) => log.warn({ err: error }, 'domains: a look at DNS could not be finished; it will be repeated'),
  });
}
