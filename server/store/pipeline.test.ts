import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { givenDatabase, rows, type TestDatabase } from '../../test/support/database.ts';
import { copyRows } from './copy-rows.ts';
import { type Database, openDatabase } from './database.ts';
import type { Step } from './pipeline.ts';

let database: TestDatabase;
/** Of one connection, so that every pipeline meets what the one before it left behind. */
let db: Database;
beforeAll(async () => {
  database = await givenDatabase();
  db = openDatabase({ connection: database.connection, pool_size: 1, onIdleError: () => {} });
  await rows(db, 'create table numbers (n int primary key check (n < 1000))');
});
afterAll(async () => {
  await db[Symbol.asyncDispose]();
  await database[Symbol.asyncDispose]();
});
beforeEach(() => rows(db, 'delete from numbers'));

const copy = (...numbers: number[]): Step => ({
  name: 'numbers.copy',
  text: 'copy numbers (n) from stdin (format binary)',
  values: [],
  rows: copyRows(
    ['int4'],
    numbers.map((n) => [n]),
    64,
  ),
});
const remove = (below: number): Step => ({
  name: 'numbers.remove',
  text: 'delete from numbers where n < $1',
  values: [String(below)],
});
const kept = async () => (await rows<{ n: number }>(db, 'select n from numbers order by n')).map(({ n }) => n);

test('each step counts its rows and sees what the steps before it wrote', async () => {
  expect(await db.pipeline([copy(1, 2, 3), remove(3), copy(5), remove(0)])).toEqual([3, 2, 1, 0]);
  expect(await kept()).toEqual([3, 5]);
});

test('when one step fails nothing is written, and the connection serves on', async () => {
  await db.pipeline([copy(7)]);
  for (const steps of [
    [copy(1), copy(7), copy(2)],
    [copy(7, 8), remove(100)],
    [remove(100), copy(1, 1000)],
    [remove(100), { ...remove(1), values: ['seven'] }, copy(1)],
  ]) {
    await expect(db.pipeline(steps)).rejects.toThrow();
    expect(await kept()).toEqual([7]);
  }
  await expect(db.pipeline([copy(7)])).rejects.toMatchObject({ code: '23505' });
  expect(await db.pipeline([copy(8), remove(8)])).toEqual([1, 1]);
  expect(await kept()).toEqual([8]);
});

test('a statement of a pipeline that failed at its first use is prepared anew', async () => {
  const first: Step = { name: 'numbers.first', text: 'select 1 / (n - 1) from numbers', values: [] };
  const second: Step = { name: 'numbers.second', text: 'insert into numbers values (3)', values: [] };
  await db.pipeline([copy(1)]);
  await expect(db.pipeline([first, second])).rejects.toMatchObject({ code: '22012' });
  await db.pipeline([remove(2)]);
  expect(await db.pipeline([first, second])).toEqual([0, 1]);
  await expect(
    db.pipeline([{ ...first, name: 'numbers.wrong', text: 'select from nowhere' }, second]),
  ).rejects.toMatchObject({ code: '42P01' });
  expect(await kept()).toEqual([3]);
});

test('more rows than fit in any buffer arrive', async () => {
  await rows(db, 'create table contents (bytes bytea)');
  const large = Buffer.alloc(12 * 1024 * 1024, 'koltrix');
  const step: Step = {
    name: 'contents.copy',
    text: 'copy contents (bytes) from stdin (format binary)',
    values: [],
    rows: copyRows(['bytea'], [[large], [large.subarray(1)]], 100),
  };
  expect(await db.pipeline([step])).toEqual([2]);
  const [sum] = await rows(
    db,
    'select sum(length(bytes))::int as length, min(md5(bytes)) <> max(md5(bytes)) as differ from contents',
  );
  expect(sum).toEqual({ length: 2 * large.length - 1, differ: true });
});

test('a connection that is cut in mid-pipeline is "unavailable", and the next pipeline gets another', async () => {
  const sleeping = db.pipeline([copy(1), { name: 'numbers.sleep', text: 'select pg_sleep(30)', values: [] }, copy(2)]);
  const cut = async () =>
    rows(
      database.db,
      `select pg_terminate_backend(pid) from pg_stat_activity where wait_event = 'PgSleep' and datname = current_database()`,
    );
  const outcome = sleeping.then(
    () => 'committed',
    (error) => error.code,
  );
  let ended = false;
  void outcome.then(() => {
    ended = true;
  });
  while (!ended) await cut();
  expect(await outcome).toBe('unavailable');
  expect(await db.pipeline([copy(4)])).toEqual([1]);
  expect(await kept()).toEqual([4]);
});
