import { afterEach, expect, test } from 'vitest';
import { givenClock } from '../../test/support/clock.ts';
import { givenDatabase, rows, type TestDatabase } from '../../test/support/database.ts';
import { newId } from '../store/ids.ts';
import type { Lease } from '../store/outbound-leases.sql.ts';
import { createTurns } from './turns.ts';

let database: TestDatabase;
afterEach(() => database[Symbol.asyncDispose]());

test('a message that is leased anew while it is still in hand takes no place for ever', async () => {
  database = await givenDatabase();
  const clock = givenClock({ stands: true });
  await rows(
    database.db,
    `insert into outbound_messages (id, tenant_id, email_id, recipient, recipient_canonical, kind, status, due_at, queued_at)
     values ($2, $3, $4, 'a@x.test', 'a@x.test', 'to', 'queued', $1, $1)`,
    [clock.now(), newId(), newId(), newId()],
  );
  // Two places for one tenant: the third is for others.
  const turns = createTurns({ db: database.db, worker: 'w', now: clock.now, lease_s: 60, concurrency: 3 });
  for (const attempts of [
    [1, 2],
    [3, 4],
  ]) {
    const leases: Lease[] = [];
    for (const _ of attempts) {
      leases.push(...(await turns.lease(1)));
      // Postgres is away for so long that the lease cannot be renewed.
      clock.advance({ seconds: 61 });
    }
    expect(leases.map(({ attempt }) => attempt)).toEqual(attempts);
    for (const lease of leases) turns.done(lease);
    expect(turns.inFlight()).toEqual([]);
  }
});
