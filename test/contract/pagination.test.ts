import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { givenKoltrix, type Installation } from '../support/koltrix.ts';
import type { Tenant } from '../support/tenant.ts';
import { until } from '../support/until.ts';

let koltrix: Installation;
beforeAll(async () => {
  koltrix = await givenKoltrix();
});
afterAll(() => koltrix[Symbol.asyncDispose]());

interface PageOf {
  data: { id?: string; address?: string }[];
  next_cursor: string | null;
}

interface List {
  name: string;
  /** Adds one item; `n` tells it from the others. */
  add(tenant: Tenant, n: number): Promise<unknown>;
  path(tenant: Tenant): Promise<string>;
  /** The query parameter that takes `next_cursor`. */
  cursor?: string;
  /** The tenant's own first key, and what else is there from the start. */
  already?: number;
  /** New items stand behind the old ones. */
  appends?: boolean;
}

const mail = (n: number) => ({
  from: 'hello@acme.example',
  to: [`ada${n}@example.test`],
  subject: `Hello ${n}`,
  body_text: 'Hello there',
  scheduled_at: new Date(Date.now() + 86_400_000).toISOString(),
});

/** Each tenant's one thing, below which a list hangs. */
const parents = new WeakMap<Tenant, Promise<string>>();
function parent(tenant: Tenant, make: () => Promise<{ id: string }>): Promise<string> {
  const known = parents.get(tenant) ?? make().then(({ id }) => id);
  parents.set(tenant, known);
  return known;
}
const hook = (tenant: Tenant) =>
  parent(tenant, async () => tenant.koltrix.webhooks.create({ url: 'http://127.0.0.1:9/' }));
const many = Array.from({ length: 7 }, (_, i) => `ada${i}@example.test`);
const crowd = (tenant: Tenant) => parent(tenant, async () => tenant.koltrix.emails.send({ ...mail(0), to: many }));

const lists: List[] = [
  { name: 'emails', path: async () => '/emails', add: async (t, n) => t.koltrix.emails.send(mail(n)) },
  {
    name: 'events',
    path: async () => '/events',
    cursor: 'after',
    appends: true,
    add: async (t, n) => t.koltrix.emails.send(mail(n)),
  },
  {
    name: 'webhooks',
    path: async () => '/webhooks',
    add: async (t, n) => t.koltrix.webhooks.create({ url: `https://hooks.acme.example/${n}` }),
  },
  {
    name: 'suppressions',
    path: async () => '/suppressions',
    add: async (t, n) => t.koltrix.suppressions.create({ address: n % 2 ? `"a.${n}"@x.test` : `ü${n}@x.test` }),
  },
  {
    name: 'API keys',
    path: async () => '/api-keys',
    already: 1,
    add: async (t, n) => t.koltrix.apiKeys.create({ name: `key ${n}`, scope: 'read' }),
  },
  {
    name: 'deliveries of a webhook',
    path: async (t) => `/webhooks/${await hook(t)}/deliveries`,
    add: async (t) => t.koltrix.webhooks.test(await hook(t), {}),
  },
  {
    name: 'captured messages',
    path: async () => '/test/messages',
    async add(t, n) {
      const { scheduled_at: _, ...now } = mail(n);
      await t.settled((await t.koltrix.emails.send(now)).id);
    },
  },
];

/** Walks a list page by page and answers the names of its items; `between` runs after each page. */
async function walk(tenant: Tenant, list: List, limit: number, between = async () => {}): Promise<string[]> {
  const path = await list.path(tenant);
  const names: string[] = [];
  let cursor: string | null = null;
  for (let pages = 0; pages < 50; pages++) {
    const query = new URLSearchParams({ limit: String(limit), ...(cursor && { [list.cursor ?? 'cursor']: cursor }) });
    const response = await tenant.fetch(`${path}?${query}`);
    const page = (await response.json()) as PageOf;
    expect(page.data.length, JSON.stringify(page)).toBeLessThanOrEqual(limit);
    names.push(...page.data.map((item) => item.id ?? (item.address as string)));
    if (page.next_cursor === null) return names;
    expect(page.data).toHaveLength(limit);
    cursor = page.next_cursor;
    await between();
  }
  throw new Error('the list has no end');
}

describe.each(lists)('the list of $name', (list) => {
  test('gives each item once, whatever the limit, and ends with a null cursor', async () => {
    const acme = await koltrix.tenant();
    const already = list.already ?? 0;
    expect(await walk(acme, list, 3)).toHaveLength(already);
    for (let n = 0; n < 6; n++) await list.add(acme, n);
    const whole = await until(async () => {
      const names = await walk(acme, list, 100);
      return names.length === 6 + already && names;
    });
    expect(new Set(whole).size).toBe(6 + already);
    for (const limit of [1, 2, 3, 6, 7]) expect(await walk(acme, list, limit)).toEqual(whole);
  });

  test('gives each item once while new ones arrive', async () => {
    const acme = await koltrix.tenant();
    for (let n = 0; n < 5; n++) await list.add(acme, n);
    const before = await until(async () => {
      const names = await walk(acme, list, 100);
      return names.length === 5 + (list.already ?? 0) && names;
    });
    let n = 100;
    const seen = await walk(acme, list, 2, async () => void (n < 104 && (await list.add(acme, n++))));
    expect(new Set(seen).size).toBe(seen.length);
    // Newest first: what comes later stands before the first page. A log grows at its end.
    expect(list.appends ? seen.slice(0, before.length) : seen).toEqual(before);
    expect(n).toBeGreaterThan(101);
  });
});

test('the events of one email are given once each, oldest first', async () => {
  const acme = await koltrix.tenant();
  const id = await crowd(acme);
  await acme.koltrix.emails.cancel(id);
  const list: List = { name: 'events of an email', path: async () => `/emails/${id}/events`, add: async () => {} };
  const whole = await walk(acme, list, 100);
  expect(whole).toHaveLength(14);
  for (const limit of [1, 2, 3, 13, 14]) expect(await walk(acme, list, limit)).toEqual(whole);
  const { data } = await acme.koltrix.emails.listEvents(id, { limit: 100 });
  const types = data.map(({ type }) => type);
  expect(types).toEqual([...Array(7).fill('email.scheduled'), ...Array(7).fill('email.canceled')]);
});

test('a page holds 25 items unless it is asked for more, and 100 at most', async () => {
  const acme = await koltrix.tenant();
  await acme.koltrix.emails.sendBatch({ emails: Array.from({ length: 101 }, (_, n) => mail(n)) });
  expect((await acme.koltrix.emails.list()).data).toHaveLength(25);
  const page = await acme.koltrix.emails.list({ limit: 100 });
  expect(page.data).toHaveLength(100);
  expect((await page.nextPage())?.data).toHaveLength(1);
});
