import fc from 'fast-check';
import { expect, test } from 'vitest';
import { givenDatabase, rows as readRows } from '../../test/support/database.ts';
import type { Cell } from './binary-cells.ts';
import { copyRows } from './copy-rows.ts';

const text = fc.oneof(
  fc.string({ unit: 'binary' }).filter((s) => !s.includes('\0') && s.isWellFormed()),
  fc.constantFrom('', '\\N', '\\.', 'a\tb', '\n', 'é'.repeat(300)),
);
const orNull = <T>(value: fc.Arbitrary<T>) => fc.oneof({ weight: 4, arbitrary: value }, fc.constant(null));
const row = fc.tuple(
  orNull(text),
  orNull(fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 })),
  orNull(fc.date({ min: new Date('0100-01-01Z'), max: new Date('9999-01-01Z'), noInvalidDate: true })),
  orNull(fc.boolean()),
  orNull(fc.uuid()),
  orNull(fc.uint8Array({ maxLength: 3_000 }).map((bytes) => Buffer.from(bytes))),
  orNull(
    fc.dictionary(fc.string({ maxLength: 5 }).filter(isPlain), fc.integer()).map((value) => JSON.stringify(value)),
  ),
  orNull(fc.array(fc.uuid(), { maxLength: 3 })),
);

function isPlain(name: string): boolean {
  return !name.includes('\0') && name.isWellFormed();
}

test('what is copied in is what the table holds, whatever the value and however little room was guessed', async () => {
  await using database = await givenDatabase();
  await readRows(
    database.db,
    `create table copied (place serial, a text, b int, c timestamptz, d boolean, e uuid, f bytea, g jsonb, h uuid[])`,
  );
  await fc.assert(
    fc.asyncProperty(fc.array(row, { maxLength: 20 }), fc.nat(5_000), async (written, guess_bytes) => {
      const data = copyRows(
        ['text', 'int4', 'timestamptz', 'bool', 'uuid', 'bytea', 'jsonb', 'uuid[]'],
        written as Cell[][],
        guess_bytes,
      );
      const counts = await database.db.pipeline([
        { name: 'test.clear', text: 'delete from copied', values: [] },
        {
          name: 'test.copy',
          text: 'copy copied (a, b, c, d, e, f, g, h) from stdin (format binary)',
          values: [],
          rows: data,
        },
      ]);
      expect(counts[1]).toBe(written.length);
      const read = await readRows(database.db, 'select a, b, c, d, e, f, g, h from copied order by place');
      expect(read.map(({ a, b, c, d, e, f }) => [a, b, c, d, e, f])).toEqual(written.map((r) => r.slice(0, 6)));
      expect(read.map(({ g }) => g)).toEqual(written.map(([, , , , , , g]) => g && JSON.parse(g)));
      expect(read.map(({ h }) => h)).toEqual(written.map((r) => r[7]));
    }),
    { numRuns: 150 },
  );
});
