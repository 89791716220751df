import { setTimeout as sleep } from 'node:timers/promises';
import { Refusal } from '../errors/refusal.ts';
import { presentEvent } from '../events/present.ts';
import type { Queryable } from '../store/database.ts';
import { groupCommit } from '../store/group-commit.ts';
import type { Hints } from '../store/hints.ts';
import { showId } from '../store/ids.ts';
import { type LeasedWorker, startLeasedWork } from '../store/leased-work.ts';
import type { Log } from '../store/log.ts';
import type { Seal } from '../store/seal.ts';
import { type SettledTry, settle } from '../store/webhook-attempts.sql.ts';
import { exhaustOfDisabled, type LeasedDelivery, leaseDue, removeOrphans } from '../store/webhook-deliveries.sql.ts';
import { type Answer, judge } from './judge.ts';
import type { WebhookPolicy } from './policy.ts';
import { openPoster, type Poster } from './post.ts';
import { FAILING_DAYS } from './schedule.ts';
import { signatureHeaders } from './sign.ts';

export interface WebhooksOptions {
  db: Queryable;
  hints: Pick<Hints, 'on' | 'give'>;
  seal: Pick<Seal, 'open'>;
  policy: WebhookPolicy;
  log: Log;
  now(): Date;
  /** From 0 to 1. */
  random(): number;
  /** This process's name on its leases. */
  worker: string;
  /** At least `timeout_ms` and a little more, or it is lengthened to that. */
  lease_s: number;
  /** Requests under way at once. */
  concurrency: number;
  poll_ms?: number;
  /** For one request, from the look-up of the name to the answer. */
  timeout_ms?: number;
  /** What requests under way are given when the worker is stopped. */
  grace_ms?: number;
}

/** Requests under way at once to one endpoint, over all workers. */
export const PER_ENDPOINT = 10;
/** An endpoint whose last try failed may hang; it gets few places until one succeeds. */
const PER_FAILING_ENDPOINT = 2;
/** Time for settling beyond the request's own. */
const SETTLE_S = 5;
const SWEEP_EVERY_MS = 30_000;
const SWEEP_ROWS = 5_000;

/** Delivers webhooks until it is disposed of. */
export function startWebhooks(options: WebhooksOptions): LeasedWorker {
  const { policy, hints, log, concurrency, poll_ms = 1_000, timeout_ms = 15_000, grace_ms = 5_000 } = options;
  const lease_s = Math.max(options.lease_s, timeout_ms / 1000 + SETTLE_S);
  const stop = new AbortController();
  const poster = openPoster({ policy, timeout_ms, stop: stop.signal });
  const settleOne = settler(options);
  const sweepIfTime = sweeper(options);
  const worker = startLeasedWork<LeasedDelivery>({
    lease: async (limit) => {
      await sweepIfTime();
      return lease(options, lease_s, limit);
    },
    work: async (delivery) => settleOne(await attempt(delivery, options, poster)),
    concurrency,
    poll_ms,
    hints,
    topic: 'webhooks',
    onError: (error) => log.error({ err: error }, 'webhooks: a step failed; its lease will run out'),
  });
  return {
    wake: worker.wake,
    async [Symbol.asyncDispose]() {
      const timer = setTimeout(() => stop.abort(), grace_ms);
      await worker[Symbol.asyncDispose]();
      clearTimeout(timer);
      await poster[Symbol.asyncDispose]();
    },
  };
}

function lease({ db, worker, now }: WebhooksOptions, lease_s: number, limit: number): Promise<LeasedDelivery[]> {
  return leaseDue(db, {
    worker,
    now: now(),
    lease_s,
    limit,
    per_endpoint: PER_ENDPOINT,
    per_failing_endpoint: PER_FAILING_ENDPOINT,
  });
}

async function attempt(delivery: LeasedDelivery, options: WebhooksOptions, poster: Poster): Promise<SettledTry> {
  const { now, random } = options;
  const started_at = now();
  const answer = await send(delivery, options, poster, started_at);
  const { delivery_id, endpoint_id, attempt } = delivery;
  const { duration_ms, status_code, response_excerpt } = answer;
  const verdict = judge(answer, delivery.tries, { now: now(), random: random() });
  return { delivery_id, endpoint_id, attempt, started_at, duration_ms, status_code, response_excerpt, ...verdict };
}

async function send(
  delivery: LeasedDelivery,
  { seal, log }: WebhooksOptions,
  poster: Poster,
  at: Date,
): Promise<Answer> {
  const body = bodyOf(delivery);
  if (body === undefined) return notSent('the event is no longer in the log');
  try {
    const secrets = [delivery.secret, ...delivery.previous_secrets];
    const headers = signatureHeaders({ id: showId('evt', delivery.event_id), at, body }, secrets.map(seal.open));
    return await poster.post({ url: delivery.url, headers, body });
  } catch (error) {
    log.error({ err: error, endpoint_id: delivery.endpoint_id }, 'webhooks: could not sign');
    return notSent('this installation cannot read the signing secret; rotate it');
  }
}

/** The event exactly as `/events` shows it. */
function bodyOf({ payload, event }: LeasedDelivery): string | undefined {
  return payload ?? (event ? JSON.stringify(presentEvent(event)) : undefined);
}

function notSent(why: string): Answer {
  return {
    status_code: null,
    error: `not sent: ${why}`,
    location: null,
    retry_after: null,
    response_excerpt: null,
    duration_ms: 0,
    interrupted: false,
  };
}

/** Settles in groups. What cannot be settled is tried again when its lease has run out. */
function settler({ db, log, now, worker }: WebhooksOptions): (ended: SettledTry) => Promise<void> {
  const inGroups = groupCommit<SettledTry, boolean>({
    limit: 200,
    lanes: 1,
    async write(tries) {
      const { settled, disabled } = await settle(db, worker, tries, now(), FAILING_DAYS);
      for (const { id, reason } of disabled) {
        log.warn({ endpoint_id: id, reason }, 'webhooks: an endpoint was disabled');
        await exhaustOfDisabled(db, id, now(), SWEEP_ROWS);
      }
      const ours = new Set(settled);
      return tries.map(({ delivery_id }) => ({ result: ours.has(delivery_id) }));
    },
  });
  return async (ended) => {
    const held = await persist(() => inGroups(ended));
    if (!held) log.warn({ delivery_id: ended.delivery_id }, 'webhooks: a lease had run out before its try was settled');
  };
}

/** A database that restarts must not cost a second delivery: while the lease still holds, try again. */
async function persist<T>(work: () => Promise<T>): Promise<T> {
  for (let tries = 1; ; tries++) {
    try {
      return await work();
    } catch (error) {
      const away = error instanceof Refusal && error.code === 'unavailable';
      if (!away || tries === SETTLE_S) throw error;
      await sleep(1_000);
    }
  }
}

/** Every half minute, a bite of what disabled and deleted endpoints have left behind. */
function sweeper({ db, now }: WebhooksOptions): () => Promise<void> {
  let next = 0;
  return async () => {
    if (performance.now() < next) return;
    next = performance.now() + SWEEP_EVERY_MS;
    const ended = await exhaustOfDisabled(db, null, now(), SWEEP_ROWS);
    const removed = await removeOrphans(db, SWEEP_ROWS);
    if (Math.max(ended, removed) === SWEEP_ROWS) next = 0;
  };
}
