import { afterAll, beforeAll, expect, test } from 'vitest';
import { givenDatabase, rows, type TestDatabase } from '../../test/support/database.ts';
import { silentLog } from '../../test/support/log.ts';
import { until } from '../../test/support/until.ts';
import { startHousekeeping } from './housekeeping.ts';
import { newId } from './ids.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await givenDatabase();
});
afterAll(() => database[Symbol.asyncDispose]());

const now = new Date('2026-11-22T12:00:00Z');
const daysAgo = (days: number) => new Date(now.getTime() - days * 86_400_000);
const clean = () => startHousekeeping({ db: database.db, log: silentLog, now: () => now });

/** A delivery of that age with one attempt; its id. */
async function givenDelivery(age_days: number, state: string, due_at: Date | null = null): Promise<string> {
  const [delivery] = await rows<{ id: string }>(
    database.db,
    `with delivery as (
       insert into webhook_deliveries (id, tenant_id, endpoint_id, event_id, event_type, state, due_at, created_at)
       values (new_id($1), $2, $2, $2, 'email.sent', $3, $4, $1) returning id
     ), attempt as (
       insert into webhook_attempts (delivery_id, number, started_at, duration_ms) select id, 1, $1, 5 from delivery
     )
     select id from delivery`,
    [daysAgo(age_days), newId(), state, due_at],
  );
  return delivery?.id as string;
}

test('deletes webhook deliveries and their attempts after 30 days, but none that is still due', async () => {
  const [fresh, revived] = [await givenDelivery(29.9, 'delivered'), await givenDelivery(40, 'pending', daysAgo(-1))];
  await givenDelivery(30.1, 'delivered');
  await givenDelivery(90, 'exhausted');
  await using _ = clean();
  const left = () => rows<{ id: string }>(database.db, 'select id from webhook_deliveries order by id');
  await until(async () => (await left()).length <= 2);
  expect((await left()).map(({ id }) => id)).toEqual([revived, fresh]);
  const attempts = await rows<{ delivery_id: string }>(database.db, 'select delivery_id from webhook_attempts');
  expect(attempts.map(({ delivery_id }) => delivery_id).sort()).toEqual([revived, fresh].sort());
});

test('deletes all of it, however much there is', async () => {
  await rows(
    database.db,
    `insert into webhook_deliveries (id, tenant_id, endpoint_id, event_id, event_type, state, created_at)
     select new_id($1), $2, $2, $2, 'email.sent', 'delivered', $1 from generate_series(1, 12000)`,
    [daysAgo(50), newId()],
  );
  await using _ = clean();
  const old = `select 1 as one from webhook_deliveries where state = 'delivered' and created_at < $1 limit 1`;
  await until(async () => (await rows(database.db, old, [daysAgo(30)])).length === 0);
});

test('stops in the middle of it when the worker stops, without a complaint', async () => {
  const logged: string[] = [];
  const log = { ...silentLog, warn: (_fields: object, message: string) => void logged.push(message) };
  await startHousekeeping({ db: database.db, log, now: () => now })[Symbol.asyncDispose]();
  expect(logged).toEqual([]);
});
