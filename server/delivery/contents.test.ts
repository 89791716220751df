import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { givenDatabase, rows, type TestDatabase } from '../../test/support/database.ts';
import { type ContentRow, loadContents } from '../store/emails.sql.ts';
import { newId } from '../store/ids.ts';
import { createLoadContent, type LoadedContent, SMALL_BYTES } from './contents.ts';

const MB = 1024 * 1024;

let database: TestDatabase;
beforeAll(async () => {
  database = await givenDatabase();
});
afterAll(() => database[Symbol.asyncDispose]());

/** Large emails as a lease finds them; on disk they are smaller than they say, which spares the test its time. */
async function given(size_bytes: number, count: number): Promise<ContentRow[]> {
  const tenant_id = newId();
  const emails = Array.from({ length: count }, () => ({ tenant_id, email_id: newId() }));
  await rows(
    database.db,
    `insert into emails (tenant_id, id, source, mail_from, from_header, from_address, subject, tags, metadata, format,
                         content, created_at, message_ids)
     select $1, id, 'rest', 'a@acme.example', 'a@acme.example', 'a@acme.example', '', '{}', '{}', 'raw',
            convert_to(repeat('x', $3::int), 'UTF8'), now(), '{}'
       from unnest($2::uuid[]) as id`,
    [tenant_id, emails.map((e) => e.email_id), Math.min(size_bytes, SMALL_BYTES + 1)],
  );
  const contents = await loadContents(database.db, emails, SMALL_BYTES);
  return contents.map((row) => ({ ...row, size_bytes }));
}

test('a small content comes with its lease, and waits for nobody', async () => {
  const load = createLoadContent(database.db);
  const [large] = await given(60 * MB, 1);
  const [small] = await given(SMALL_BYTES, 1);
  expect([large?.content, small?.content?.length]).toEqual([null, SMALL_BYTES]);
  using _held = await load(large as ContentRow);
  using loaded = await load(small as ContentRow);
  expect(loaded.stored).toHaveLength(SMALL_BYTES);
});

test('what was composed comes as its JSON, a raw message as its bytes', async () => {
  const [raw] = await given(10, 1);
  expect(raw?.content).toEqual(Buffer.from('x'.repeat(10)));
  const [{ tenant_id, id }] = [raw as ContentRow];
  const json = JSON.stringify({ subject: 'Grüße 漢😀\0"\\' });
  await rows(database.db, `update emails set format = 'composed', content = convert_to($1, 'UTF8') where id = $2`, [
    json,
    id,
  ]);
  const [composed] = await loadContents(database.db, [{ tenant_id, email_id: id }], SMALL_BYTES);
  expect(composed?.content).toBe(json);
});

test('large contents together stay under the budget, and each gets its turn', async () => {
  const load = createLoadContent(database.db);
  const contents = await given(20 * MB, 6);
  const held = { now_bytes: 0, most_bytes: 0, loads: 0 };
  await Promise.all(
    contents.map(async (row) => {
      using content = await load(row);
      expect(content.stored).toHaveLength(SMALL_BYTES + 1);
      held.loads++;
      held.now_bytes += row.size_bytes;
      held.most_bytes = Math.max(held.most_bytes, held.now_bytes);
      await sleep(20);
      held.now_bytes -= row.size_bytes;
    }),
  );
  expect(held).toEqual({ loads: 6, now_bytes: 0, most_bytes: 40 * MB });
});

test('one larger than the whole budget goes alone', async () => {
  const load = createLoadContent(database.db);
  const [first, second] = (await given(55 * MB, 2)) as [ContentRow, ContentRow];
  const one = await load(first);
  let two: LoadedContent | undefined;
  const waiting = load(second).then((content) => {
    two = content;
  });
  await sleep(100);
  expect(two).toBeUndefined();
  one[Symbol.dispose]();
  await waiting;
  expect(two).toBeDefined();
});

test('a content that cannot be loaded gives its place back', async () => {
  const load = createLoadContent(database.db);
  const [row] = (await given(55 * MB, 1)) as [ContentRow];
  await expect(load({ ...row, id: newId() })).rejects.toThrow('has no content');
  using content = await load(row);
  expect(content.stored).toHaveLength(SMALL_BYTES + 1);
});
