import type { Database } from '../store/database.ts';
import { type Lease, leaseDue } from '../store/outbound-leases.sql.ts';

/** Whose message is next, and what this worker has in hand. */
export interface Turns {
  /** Leases up to `limit` messages: those that somebody waits for, then bulk mail. */
  lease(limit: number): Promise<Lease[]>;
  /** The message is out of hand. */
  done(lease: Lease): void;
  /** The ids of all messages in hand. */
  inFlight(): string[];
}

export interface TurnsOptions {
  db: Database;
  worker: string;
  now(): Date;
  lease_s: number;
  /** Messages in hand at once. */
  concurrency: number;
}

/**
 * A quarter of the places is kept from any single tenant and from bulk mail, so that a message of somebody else finds one
 * at once, however slow the servers are that those talk to.
 */
const SHARE = 3 / 4;

export function createTurns({ db, worker, now, lease_s, concurrency }: TurnsOptions): Turns {
  /** A message may be in it twice: its lease ran out while Postgres was away, and it was leased anew. */
  const in_hand = new Set<Lease>();
  const by_tenant = new Map<string, number>();
  const walked_to = new Map<boolean, string | undefined>();
  const share = Math.max(1, Math.floor(concurrency * SHARE));

  async function leaseSome(bulk: boolean, limit: number): Promise<Lease[]> {
    const { leases, walked_to: stopped_at } = await leaseDue(db, {
      worker,
      now: now(),
      lease_s,
      bulk,
      limit,
      tenant_limit: share,
      in_flight: by_tenant,
      after_tenant: walked_to.get(bulk),
    });
    walked_to.set(bulk, stopped_at);
    for (const lease of leases) {
      in_hand.add(lease);
      by_tenant.set(lease.tenant_id, (by_tenant.get(lease.tenant_id) ?? 0) + 1);
    }
    return leases;
  }

  return {
    async lease(limit) {
      const waited_for = await leaseSome(false, limit);
      const room = Math.min(limit - waited_for.length, share - in_hand.size);
      if (room <= 0) return waited_for;
      // What is leased is not dropped because Postgres goes away between the two; if that lasts, the next look says so.
      const bulk = await leaseSome(true, room).catch(() => []);
      return [...waited_for, ...bulk];
    },
    done(lease) {
      if (!in_hand.delete(lease)) return;
      const { tenant_id } = lease;
      const left = (by_tenant.get(tenant_id) ?? 0) - 1;
      if (left > 0) by_tenant.set(tenant_id, left);
      else by_tenant.delete(tenant_id);
    },
    inFlight: () => Array.from(in_hand, ({ id }) => id),
  };
}
