import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Statement } from '../../server/store/database.ts';
import { type Cluster, givenCluster } from '../support/cluster.ts';
import { statementsOf, type Variants } from './record-statements.ts';

const STORE = fileURLToPath(new URL('../../server/store/', import.meta.url));
const files = readdirSync(STORE).filter((file) => file.endsWith('.sql.ts'));

/** Each combination of filters is a statement of its own. */
const emailFilters = [undefined, 'a@x.test'].flatMap((from) =>
  [undefined, 'b@x.test'].flatMap((recipient) =>
    [undefined, 'queued', 'failed'].flatMap((status) =>
      [undefined, { name: 'a' }, { name: 'a', value: 'b' }].map((tag) => ({ from, recipient, status, tag })),
    ),
  ),
);
const variants: Variants = {
  listEmails: emailFilters.map((filter) => ['tenant', filter, undefined, 10]),
  copyUnits: [[[], new Date(0)]],
};

const modules = await Promise.all(
  files.map(async (file) => ({
    file,
    functions: await statementsOf(await import(/* @vite-ignore */ `${STORE}${file}`), variants),
    source: readFileSync(`${STORE}${file}`, 'utf8'),
  })),
);
const statements: (Statement & { by: string })[] = modules.flatMap(({ file, functions }) =>
  [...functions].flatMap(([name, list]) => list.map((statement) => ({ ...statement, by: `${file}: ${name}` }))),
);
const byName = Map.groupBy(statements, ({ name }) => name);

let cluster: Cluster;
let client: pg.Client;
beforeAll(async () => {
  cluster = await givenCluster();
  client = new pg.Client({ connectionString: cluster.url });
  await client.connect();
}, 120_000);
afterAll(async () => {
  await client?.end();
  await cluster?.[Symbol.asyncDispose]();
});

/** Parse without Bind or Execute: Postgres checks every table, column, function and type, and nothing happens. */
function prepare(text: string): Promise<void> {
  return new Promise((resolve, reject) => {
    client.query({
      submit(connection: pg.Connection) {
        connection.parse({ name: '', text, types: [] }, true);
        connection.sync();
      },
      handleError: reject,
      handleReadyForQuery: () => resolve(),
    } as pg.Submittable);
  });
}

/** The plan of the program's own connections, which is made once whatever the values; empty for what has none, as a lock. */
async function explain(text: string): Promise<string> {
  if (!/^\s*(select|insert|update|delete|with)\b/i.test(text)) return '';
  const { rows } = await cluster.db.query<{ 'QUERY PLAN': string }>({
    name: '',
    text: `explain (generic_plan) ${text}`,
    values: [],
  });
  return rows.map((row) => row['QUERY PLAN']).join('\n');
}

const growing = new Set([
  'emails',
  'outbound_messages',
  'attempts',
  'events',
  'idempotency_keys',
  'suppressions',
  'captured_messages',
  'reports',
  'webhook_deliveries',
  'webhook_attempts',
]);

describe('the statements of the store', () => {
  test('are prepared against the schema, every one', async () => {
    expect(byName.size).toBeGreaterThan(50);
    const faults: string[] = [];
    for (const [name, [statement]] of byName) {
      await prepare(statement?.text as string).catch((error: Error) => faults.push(`${name}: ${error.message}`));
    }
    expect(faults).toEqual([]);
  });

  test('read no table that grows with the mail from end to end', async () => {
    const faults: string[] = [];
    for (const [name, [statement]] of byName) {
      const plan = await explain(statement?.text as string);
      const read = [...plan.matchAll(/Seq Scan on (\w+)/g)].map((match) => match[1] as string);
      faults.push(...read.filter((table) => growing.has(table)).map((table) => `${name}: ${table}`));
    }
    expect(faults).toEqual([]);
    expect(await explain(`select from emails where subject = 'a'`)).toContain('Seq Scan on emails');
  });

  test('would be refused if they did not fit', async () => {
    await expect(prepare('select nobody from emails')).rejects.toThrow('nobody');
    await expect(prepare('select from emails where id = $1 and $1 = 5')).rejects.toThrow();
    await prepare('select from emails where id = $1');
  });

  test('are those of every function and all that the files name', () => {
    const missed = modules.flatMap(({ file, functions, source }) => {
      const silent = [...functions].filter(([, list]) => !list.length).map(([name]) => `${file}: ${name} runs none`);
      const named = [...source.matchAll(/\bname: (['`])([^'`$]+)/g)].map((match) => match[2] as string);
      const unseen = named.filter((name) => ![...byName.keys()].some((seen) => seen.startsWith(name)));
      return [...silent, ...unseen.map((name) => `${file}: ${name} was not seen`)];
    });
    expect(missed).toEqual([]);
  });

  test('have names that say the table and what is done, one name for one text', () => {
    for (const { name, by } of statements) expect(name, by).toMatch(/^[a-z]+(_[a-z]+)*\.[a-z]+([_.+][a-z]*)*$/);
    for (const [name, list] of byName) {
      expect(new Set(list.map(({ text }) => text)).size, `texts of ${name}`).toBe(1);
      expect([...new Set(list.map(({ by }) => by))], `users of ${name}`).toHaveLength(1);
    }
  });

  test('begin with a table’s name, or with their file’s where they join several', async () => {
    const { rows } = await client.query<{ name: string }>(
      `select tablename as name from pg_tables where schemaname = 'public'`,
    );
    const allowed = new Set([...rows.map(({ name }) => name), ...files.map((file) => file.replace('.sql.ts', ''))]);
    const others = [...byName.keys()].filter((name) => !allowed.has(name.split('.', 1)[0] as string));
    expect(others).toEqual([]);
  });

  test('pass their values as parameters: as many as the text names', () => {
    for (const { name, text, values } of statements) {
      const highest = Math.max(0, ...[...text.matchAll(/\$(\d+)/g)].map((match) => Number(match[1])));
      expect(values, name).toHaveLength(highest);
    }
  });
});
