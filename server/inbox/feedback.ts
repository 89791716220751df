import { type Feedback, leaseFeedback, settleFeedback } from '../store/captured-messages.sql.ts';
import type { Queryable } from '../store/database.ts';
import { showId } from '../store/ids.ts';
import { type LeasedWorker, startLeasedWork } from '../store/leased-work.ts';
import type { Log } from '../store/log.ts';
import { composeReport } from './report.ts';

export interface FeedbackDeps {
  db: Queryable;
  log: Log;
  now(): Date;
  /**
   * Takes in what the simulated recipient's server sends back. False: the message is not settled yet, try again in a
   * second. It may be called more than once for one message, with the same report.
   */
  apply(feedback: { message_id: string; tenant_id: string; kind: Feedback; report: Buffer }): Promise<boolean>;
}

const LEASE_S = 30;
const RETRY_MS = 1_000;
const POLL_MS = 500;
const CONCURRENCY = 20;

/** Gives the complaints and delivery reports of the simulated recipients, a second after they took the message. */
export function startFeedback({ db, log, now, apply }: FeedbackDeps): LeasedWorker {
  return startLeasedWork({
    lease: (limit) => leaseFeedback(db, { limit, now: now(), lease_s: LEASE_S }),
    async work(lease) {
      const { message_id, tenant_id, kind, rcpt_to, head } = lease;
      const report = composeReport(kind, { message_id: showId('msg', message_id), recipient: rcpt_to, head });
      const done = await apply({ message_id, tenant_id, kind, report });
      await settleFeedback(db, lease, done ? null : new Date(now().getTime() + RETRY_MS));
    },
    concurrency: CONCURRENCY,
    poll_ms: POLL_MS,
    // Feedback falls due by time alone, so no hint could tell of it.
    hints: { on: () => () => {} },
    topic: 'due',
    onError: (error) => log.error({ err: error }, 'feedback of the simulator failed'),
  });
}
