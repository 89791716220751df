import { afterEach, describe, expect, test } from 'vitest';
import { givenDatabase, rows, type TestDatabase } from '../../test/support/database.ts';
import type { Statement } from './database.ts';
import { newId } from './ids.ts';
import { type LeaseRequest, leaseDue } from './outbound-leases.sql.ts';

const now = new Date('2026-11-22T08:00:00Z');
let database: TestDatabase;
afterEach(() => database[Symbol.asyncDispose]());

interface Queue {
  tenant_id: string;
  count: number;
  bulk?: boolean;
  /** Seconds until they are due; they lie a millisecond apart. */
  due_in_s?: number;
}

async function queue({ tenant_id, count, bulk = false, due_in_s = -60 }: Queue): Promise<void> {
  await rows(
    database.db,
    `insert into outbound_messages (id, tenant_id, email_id, recipient, recipient_canonical, kind, bulk, status, due_at, queued_at)
     select gen_random_uuid(), $2, gen_random_uuid(), 'a@x.test', 'a@x.test', 'to', $3, 'queued',
            $1::timestamptz + make_interval(secs => $4 + n * 0.001), $1
       from generate_series(1, $5) n`,
    [now, tenant_id, bulk, due_in_s, count],
  );
}

const request = (changes: Partial<LeaseRequest> = {}): LeaseRequest => ({
  worker: 'w',
  now,
  lease_s: 60,
  bulk: false,
  limit: 100,
  tenant_limit: 1_000,
  in_flight: new Map(),
  after_tenant: undefined,
  ...changes,
});

/** How many messages each tenant got, most first. */
async function dealt(changes: Partial<LeaseRequest> = {}): Promise<number[]> {
  const { leases } = await leaseDue(database.db, request(changes));
  const shares = Map.groupBy(leases, ({ tenant_id }) => tenant_id);
  return [...shares.values()].map((list) => list.length).sort((a, b) => b - a);
}

describe('places', () => {
  test('are dealt out one by one, so that a flood leaves the others theirs', async () => {
    database = await givenDatabase();
    await queue({ tenant_id: newId(), count: 500 });
    await queue({ tenant_id: newId(), count: 3 });
    await queue({ tenant_id: newId(), count: 1 });
    expect(await dealt({ limit: 10 })).toEqual([6, 3, 1]);
    expect(await dealt({ limit: 10 })).toEqual([10]);
  });

  test('that a tenant has already count, up to its limit', async () => {
    database = await givenDatabase();
    const [flood, other] = [newId(), newId()];
    await queue({ tenant_id: flood, count: 100 });
    await queue({ tenant_id: other, count: 100 });
    const { leases } = await leaseDue(database.db, request({ limit: 10, in_flight: new Map([[flood, 6]]) }));
    expect(leases.filter((l) => l.tenant_id === flood)).toHaveLength(2);
    expect(await dealt({ limit: 50, tenant_limit: 20, in_flight: new Map([[flood, 19]]) })).toEqual([20, 1]);
  });

  test('go to what is due, oldest first, and not to what is leased or of the other class', async () => {
    database = await givenDatabase();
    const tenant_id = newId();
    await queue({ tenant_id, count: 5, due_in_s: 60 });
    await queue({ tenant_id, count: 2, bulk: true });
    await queue({ tenant_id, count: 3 });
    expect(await dealt({ limit: 2 })).toEqual([2]);
    expect(await dealt()).toEqual([1]);
    expect(await dealt()).toEqual([]);
    expect(await dealt({ bulk: true })).toEqual([2]);
    expect(await dealt({ now: new Date(now.getTime() + 61_000), tenant_limit: 8 })).toEqual([8]);
  });

  test('reach every tenant in turn, however many there are', async () => {
    database = await givenDatabase();
    for (let i = 0; i < 450; i++) await queue({ tenant_id: newId(), count: 1 });
    const seen = new Set<string>();
    let after_tenant: string | undefined;
    for (let looks = 0; looks < 3; looks++) {
      const { leases, walked_to } = await leaseDue(database.db, request({ limit: 300, after_tenant }));
      for (const { tenant_id } of leases) seen.add(tenant_id);
      after_tenant = walked_to;
    }
    expect(seen.size).toBe(450);
    expect(after_tenant).toBeUndefined();
  });

  test('are never given twice to workers that lease at once', async () => {
    database = await givenDatabase();
    await queue({ tenant_id: newId(), count: 300 });
    await queue({ tenant_id: newId(), count: 300 });
    const ids: string[] = [];
    for (let round = 0; round < 20 && ids.length < 600; round++) {
      const all = await Promise.all(
        ['a', 'b', 'c', 'd'].map((worker) => leaseDue(database.db, request({ worker, limit: 50 }))),
      );
      ids.push(...all.flatMap(({ leases }) => leases.map((l) => l.id)));
    }
    expect(ids).toHaveLength(600);
    expect(new Set(ids).size).toBe(600);
  });
});

interface Plan {
  'Node Type': string;
  'Index Name'?: string;
  'Shared Hit Blocks': number;
  'Shared Read Blocks': number;
  Plans?: Plan[];
}

const nodesOf = (plan: Plan): Plan[] => [plan, ...(plan.Plans ?? []).flatMap(nodesOf)];

/** The plan of one lease of 100, as executed. */
async function planOfLease(): Promise<{ reads: string[]; blocks: number }> {
  let statement: Statement | undefined;
  await leaseDue(
    {
      async query(asked) {
        statement = asked;
        return { rows: [], rowCount: 0 };
      },
    },
    request(),
  );
  const { text, values } = statement as Statement;
  const { rows: answer } = await database.db.query<{ 'QUERY PLAN': [{ Plan: Plan }] }>({
    name: '',
    text: `explain (analyze, buffers, timing off, format json) ${text}`,
    values,
  });
  const plan = answer[0]?.['QUERY PLAN'][0].Plan as Plan;
  const reads = nodesOf(plan)
    .filter((node) => 'Index Name' in node || node['Node Type'] === 'Seq Scan')
    .map((node) => node['Index Name'] ?? node['Node Type']);
  return { reads, blocks: plan['Shared Hit Blocks'] + plan['Shared Read Blocks'] };
}

describe('the cost of a lease', () => {
  test('is that of walking one index, and the same with a million messages as with five thousand', async () => {
    database = await givenDatabase();
    const tenants = Array.from({ length: 5 }, newId);
    // Only what a lease may use, so that a million rows are soon there.
    await rows(database.db, 'drop index outbound_messages_tenant_id_recipient_canonical_email_id_idx');
    for (const tenant_id of tenants) await queue({ tenant_id, count: 1_000 });
    await rows(
      database.db,
      `insert into suppressions (tenant_id, address, reason, created_at)
       select t, 'a' || n || '@example.test', 'manual', now() - n * interval '1 second' from unnest($1::uuid[]) t, generate_series(1, 1000) n`,
      [tenants],
    );
    await rows(database.db, 'analyze outbound_messages, suppressions');
    const small = await planOfLease();
    for (const tenant_id of tenants) await queue({ tenant_id, count: 199_000, due_in_s: 60 });
    await rows(database.db, 'analyze outbound_messages');
    const large = await planOfLease();
    for (const { reads } of [small, large]) {
      expect(new Set(reads)).toEqual(
        new Set(['outbound_messages_queue', 'outbound_messages_pkey', 'suppressions_pkey']),
      );
    }
    expect(large.blocks).toBeLessThan(small.blocks * 2);
  }, 180_000);
});
