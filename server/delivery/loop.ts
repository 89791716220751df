import type { Database } from '../store/database.ts';
import { loadContents } from '../store/emails.sql.ts';
import { groupCommit } from '../store/group-commit.ts';
import type { Hints } from '../store/hints.ts';
import { type LeasedWorker, startLeasedWork } from '../store/leased-work.ts';
import type { Log } from '../store/log.ts';
import { type Lease, postponeLeases, renewLeases, suppressLeased } from '../store/outbound-leases.sql.ts';
import { promoteScheduled } from '../store/outbound-messages.sql.ts';
import { outlast } from '../store/outlast.ts';
import { type Settled, type Settlement, settle } from '../store/settlements.sql.ts';
import { suppressRepeatedSoft } from '../store/suppressions.sql.ts';
import { type AttemptDeps, attempt, type LeasedMessage, type Postponement } from './attempt.ts';
import { createLoadContent, SMALL_BYTES } from './contents.ts';
import type { Rendering } from './render.ts';
import { createSignerOf, type SignerDeps } from './signer.ts';
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
    settle: groupCommit<Settlement, Settled>({
      limit: 200,
      lanes: 2,
      // The other server has the message: a result that is dropped because Postgres restarts would send it twice.
      write: async (batch) => {
        const settled = await outlast(() => settleAll(db, batch, now()), lease_s * 1_000);
        return settled.map((result) => ({ result }));
      },
    }),
    postpone: groupCommit<Postponement, void>({
      limit: 500,
      lanes: 1,
      write: async (batch) => {
        await postponeLeases(db, worker, batch);
        return batch.map(() => ({ result: undefined }));
      },
    }),
  };

  const onError = (error: unknown) =>
    log.warn({ err: error }, 'delivery: an attempt could not be settled; its lease will run out');
  const turns = createTurns({ db, worker, now, lease_s, concurrency });
  const work = startLeasedWork<LeasedMessage>({
    async lease(limit) {
      const leases = await turns.lease(limit);
      let items: LeasedMessage[] = [];
      try {
        items = await withContents(db, await withoutSuppressed(options, leases), lease_s);
        return items;
      } finally {
        const kept = new Set(items.map(({ lease }) => lease));
        for (const lease of leases) if (!kept.has(lease)) turns.done(lease);
      }
    },
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

/** Only a soft bounce asks for a look at what was before it, and so for more than one statement. */
function settleAll(db: Database, batch: Settlement[], now: Date): Promise<Settled[]> {
  const soft = batch.filter(({ suppression }) => suppression?.reason === 'soft').map((s) => s.message_id);
  if (!soft.length) return settle(db, batch, now);
  return db.transaction(async (tx) => {
    const settled = await settle(tx, batch, now);
    await suppressRepeatedSoft(tx, soft, now);
    return settled;
  });
}

/** Accept has looked already, but mail may wait for hours: for its time, or for a server that puts it off. */
async function withoutSuppressed(options: DeliveryOptions, leases: Lease[]): Promise<Lease[]> {
  const { db, hints, worker, now, lease_s } = options;
  const hits = leases.filter(({ is_suppressed }) => is_suppressed);
  if (!hits.length) return leases;
  const ended = await outlast(() => suppressLeased(db, worker, hits, now()), lease_s * 1_000);
  for (const tenant_id of ended.tenants) hints.give(`events:${tenant_id}`);
  if (ended.webhooks) hints.give('webhooks');
  const gone = new Set(ended.ids);
  return leases.filter(({ id }) => !gone.has(id));
}

/** Messages of one email share one rendering, so its MIME message is built once a batch. */
async function withContents(db: Database, leases: Lease[], lease_s: number): Promise<LeasedMessage[]> {
  if (!leases.length) return [];
  const emails = Map.groupBy(leases, ({ email_id }) => email_id);
  const wanted = [...emails].map(([email_id, [lease]]) => ({ email_id, tenant_id: (lease as Lease).tenant_id }));
  // A restart of Postgres between the two would leave the messages to wait for their leases to run out.
  const rows = await outlast(() => loadContents(db, wanted, SMALL_BYTES), lease_s * 1_000);
  const isShared = (email_id: string) => (emails.get(email_id)?.length ?? 0) > 1;
  const renderings = new Map<string, Rendering>(
    rows.map((row) => [row.id, { row, is_shared: isShared(row.id), built: undefined, marks: undefined }]),
  );
  return leases.flatMap((lease) => {
    const rendering = renderings.get(lease.email_id);
    return rendering ? [{ lease, rendering }] : [];
  });
}

const PROMOTE_LIMIT = 500;

async function promote({ db, hints, now }: DeliveryOptions): Promise<void> {
  for (;;) {
    const { tenants, webhooks, count } = await promoteScheduled(db, now(), PROMOTE_LIMIT);
    for (const tenant_id of tenants) hints.give(`events:${tenant_id}`);
    if (webhooks) hints.give('webhooks');
    if (count) hints.give('due');
    if (count < PROMOTE_LIMIT) return;
  }
}
