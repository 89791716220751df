import { readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { runner } from 'node-pg-migrate';
import pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { givenDatabase, rows, type TestDatabase } from '../../test/support/database.ts';
import contract from '../generated/openapi.gen.json' with { type: 'json' };
import { migrate } from './migrate.ts';

const DIR = fileURLToPath(new URL('migrations', import.meta.url));
const { MailSource, RecipientKind, AttemptOutcome } = contract.components.schemas;

let database: TestDatabase;
beforeAll(async () => {
  database = await givenDatabase();
});
afterAll(() => database[Symbol.asyncDispose]());

test.each([
  ['email_source', MailSource.enum],
  ['recipient_kind', RecipientKind.enum],
  ['attempt_outcome', AttemptOutcome.enum],
])('the type %s has the values of the contract', async (type, values) => {
  const found = await rows<{ value: string }>(database.db, `select unnest(enum_range(null::${type}))::text as value`);
  expect(found.map(({ value }) => value)).toEqual(values);
});

test('a database of an earlier version keeps its rows', async () => {
  await using older = await givenOlderDatabase();
  const { client } = older;
  await client.query(`
    insert into emails (tenant_id, id, source, mail_from, from_header, from_address, subject, tags, metadata, format, content,
                        created_at)
    select gen_random_uuid(), gen_random_uuid(), source, 'a@x.test', 'a@x.test', 'a@x.test', 'Hello', '{"a": "b"}', '{}', format,
           'x', now()
      from unnest(array['rest', 'smtp', 'campaign']) source, unnest(array['composed', 'raw']) format`);
  await client.query(`
    insert into outbound_messages (id, tenant_id, email_id, recipient, recipient_canonical, kind, status, due_at, queued_at,
                                   leased_by)
    select gen_random_uuid(), tenant_id, id, kind || '@x.test', kind || '@x.test', kind, status,
           case when status in ('scheduled', 'queued') then now() end, case when status <> 'scheduled' then now() end,
           case when status = 'queued' and kind = 'to' then 'w' end
      from emails, unnest(array['to', 'cc', 'bcc']) kind, unnest(enum_range(null::message_status)) status`);
  await client.query(`
    insert into attempts (message_id, number, started_at, duration_ms, outcome, reply)
    select id, number, now(), 1, outcome, ''
      from outbound_messages,
           unnest(array['accepted', 'deferred', 'refused', 'unreachable', 'uncertain']) with ordinality o (outcome, number)
     limit 50`);
  const before = await older.contents();
  expect(before.map((table) => table.length)).toEqual([6, 6 * 3 * 11, 50]);
  await migrate(older.connection);
  expect(await older.contents()).toEqual(before);
  const { rows: strays } = await client.query(`
    select from outbound_messages o
      join emails e on e.tenant_id = o.tenant_id and e.id = o.email_id
     where cardinality(e.message_ids) <> 33 or not o.id = any (e.message_ids)`);
  expect(strays).toEqual([]);
});

/** One whose emails do not name their messages yet, and where closed sets are CHECK constraints. */
async function givenOlderDatabase() {
  const name = `${database.connection.database}_older`;
  await rows(database.db, `create database ${name} template template0`);
  const connection: pg.ClientConfig = { ...database.connection, database: name };
  const client = new pg.Client(connection);
  await client.connect();
  const count = readdirSync(DIR).filter((file) => file < '0011').length;
  await runner({
    dbClient: client,
    dir: DIR,
    direction: 'up',
    migrationsTable: 'migrations',
    count,
    noLock: true,
    log: () => {},
  });
  const read = async (text: string) => (await client.query(text)).rows;
  return {
    client,
    connection,
    contents: async () => [
      await read('select tenant_id, id, source, format, tags, content from emails order by id'),
      await read(
        'select id, email_id, recipient, kind, status, due_at, queued_at, leased_by from outbound_messages order by id',
      ),
      await read('select message_id, number, outcome from attempts order by message_id, number'),
    ],
    async [Symbol.asyncDispose]() {
      await client.end();
      await rows(database.db, `drop database ${name} with (force)`);
    },
  };
}
