import fc from 'fast-check';
import { expect, test } from 'vitest';
import { givenDatabase } from '../../test/support/database.ts';
import { arrayLiterals } from './array-literals.ts';

test('what goes in comes out of unnest, whatever the text', async () => {
  await using database = await givenDatabase();
  const text = fc.string({ unit: 'binary' }).filter((s) => !s.includes('\0') && s.isWellFormed());
  const odd = fc.constantFrom('', 'NULL', '{}', '{"a":"b\\"c"}', 'a,b', '\\', '"', ' x ', '\n');
  const row = fc.tuple(
    fc.oneof(text, odd, fc.constant(null)),
    fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 }),
    fc.date({ min: new Date('1970-01-01Z'), max: new Date('9999-01-01Z'), noInvalidDate: true }),
    fc.boolean(),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(row, { maxLength: 20 }), async (rows) => {
      const read = await database.db.query({
        name: 'test.array_literals',
        text: 'select * from unnest($1::text[], $2::int[], $3::timestamptz[], $4::boolean[]) as t (a, b, c, d)',
        values: arrayLiterals(rows, 4),
      });
      expect(read.rows.map(({ a, b, c, d }) => [a, b, c, d])).toEqual(rows);
    }),
  );
});
