import type { Database } from '../store/database.ts';
import type { Hints } from '../store/hints.ts';
import { promoteScheduled } from '../store/outbound-messages.sql.ts';

/** Messages of one statement. */
const LIMIT = 500;

/** Queues scheduled messages whose time has come. */
export async function promote({ db, hints, now }: { db: Database; hints: Hints; now(): Date }): Promise<void> {
  for (;;) {
    const { tenants, webhooks, count } = await promoteScheduled(db, now(), LIMIT);
    for (const tenant_id of tenants) hints.give(`events:${tenant_id}`);
    if (webhooks) hints.give('webhooks');
    if (count) hints.give('due');
    if (count < LIMIT) return;
  }
}
