import type { Hints } from '../store/hints.ts';
import { type LeasedWorker, startLeasedWork } from '../store/leased-work.ts';
import type { Log } from '../store/log.ts';
import { renewLeases } from '../store/outbound-leases.sql.ts';
import { type AttemptDeps, attempt, type LeasedMessage } from './attempt.ts';
import { createLoadContent } from './contents.ts';
import { promote } from './promote.ts';
import { createPostpone, createSettle } from './settling.ts';
import { createSignerOf, type SignerDeps } from './signer.ts';
import { takeUp } from './take-up.ts';
import { createTurns } from './turns.ts';

export interface DeliveryOptions
  extends Omit<AttemptDeps, 'settle' | 'postpone' | 'loadContent' | 'signerOf' | 'hints'>,
    SignerDeps {
  hints: Hints;
  log: Log;
  lease_s: number;
  /** Messages leased at once. */
  concurrency: number;
}

const POLL_MS = 500;
/** A message that comes while a lease is being written waits for its end. */
const LEASE_BATCH = 200;

/** Delivers what is due until disposed of. Any number of workers share the work. */
export function startDelivery(options: DeliveryOptions): LeasedWorker {
  const { db, hints, log, worker, lease_s, concurrency, now } = options;
  const deps: AttemptDeps = {
    ...options,
    loadContent: createLoadContent(db),
    signerOf: createSignerOf(options),
    settle: createSettle(options),
    postpone: createPostpone(options),
  };
  const turns = createTurns({ db, worker, now, lease_s, concurrency });
  const takingUp = { ...options, turns };
  const onError = (error: unknown) =>
    log.warn({ err: error }, 'delivery: a step failed; what it had leased comes again when the lease has run out');

  const work = startLeasedWork<LeasedMessage>({
    lease: (limit) => takeUp(takingUp, limit),
    async work(item) {
      try {
        await attempt(deps, item);
      } finally {
        turns.done(item.lease);
      }
    },
    concurrency,
    batch: LEASE_BATCH,
    poll_ms: POLL_MS,
    hints,
    topic: 'due',
    onError,
  });
  const renewal = setInterval(
    () => {
      const ids = turns.inFlight();
      if (ids.length) renewLeases(db, worker, ids, now(), lease_s).catch(onError);
    },
    (lease_s * 1_000) / 3,
  );
  const scheduler = setInterval(() => promote(options).catch(onError), POLL_MS);
  return {
    wake: work.wake,
    async [Symbol.asyncDispose]() {
      clearInterval(scheduler);
      await work[Symbol.asyncDispose]();
      clearInterval(renewal);
    },
  };
}
