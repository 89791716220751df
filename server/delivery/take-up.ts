import type { Database } from '../store/database.ts';
import { loadContents } from '../store/emails.sql.ts';
import type { Hints } from '../store/hints.ts';
import { type Lease, suppressLeased } from '../store/outbound-leases.sql.ts';
import { outlast } from '../store/outlast.ts';
import type { LeasedMessage } from './attempt.ts';
import { SMALL_BYTES } from './contents.ts';
import type { Rendering } from './render.ts';
import type { Turns } from './turns.ts';

export interface TakeUpDeps {
  db: Database;
  hints: Pick<Hints, 'give'>;
  worker: string;
  lease_s: number;
  now(): Date;
  turns: Turns;
}

/** Leases up to `limit` messages, and gets them ready to be tried. Those that are not to be tried are out of hand again. */
export async function takeUp(deps: TakeUpDeps, limit: number): Promise<LeasedMessage[]> {
  const leases = await deps.turns.lease(limit);
  let items: LeasedMessage[] = [];
  try {
    items = await withContents(deps, await withoutSuppressed(deps, leases));
    return items;
  } finally {
    const kept = new Set(items.map(({ lease }) => lease));
    for (const lease of leases) if (!kept.has(lease)) deps.turns.done(lease);
  }
}

/** Accept has looked already, but mail may wait for hours: for its time, or for a server that puts it off. */
async function withoutSuppressed({ db, hints, worker, now, lease_s }: TakeUpDeps, leases: Lease[]): Promise<Lease[]> {
  const hits = leases.filter(({ is_suppressed }) => is_suppressed);
  if (!hits.length) return leases;
  const ended = await outlast(() => suppressLeased(db, worker, hits, now()), lease_s * 1_000);
  for (const tenant_id of ended.tenants) hints.give(`events:${tenant_id}`);
  if (ended.webhooks) hints.give('webhooks');
  const gone = new Set(ended.ids);
  return leases.filter(({ id }) => !gone.has(id));
}

/** Messages of one email share one rendering, so its MIME message is built once a batch. */
async function withContents({ db, lease_s }: TakeUpDeps, leases: Lease[]): Promise<LeasedMessage[]> {
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
