import { type Feedback, leaseFeedback, settleFeedback } from '../store/captured-messages.sql.ts';
import type { Queryable } from '../store/database.ts';
import { type LeasedWorker, startLeasedWork } from '../store/leased-work.ts';
import type { Log } from '../store/log.ts';

export interface FeedbackDeps {
  db: Queryable;
  log: Log;
  now(): Date;
  /**
   * Lets the message suffer what the simulated recipient did. False: the message is not settled yet, try again in a
   * second. It may be called more than once for one message.
   */
  apply(feedback: { message_id: string; tenant_id: string; kind: Feedback }): Promise<boolean>;
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
      const { message_id, tenant_id, kind } = lease;
      const done = await apply({ message_id, tenant_id, kind });
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
