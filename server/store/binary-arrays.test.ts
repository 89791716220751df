import fc from 'fast-check';
import { expect, test } from 'vitest';
import { givenDatabase } from '../../test/support/database.ts';
import { binaryArrays } from './binary-arrays.ts';

const text = fc.oneof(
  fc.string({ unit: 'binary' }).filter((s) => !s.includes('\0') && s.isWellFormed()),
  fc.constantFrom('', 'NULL', '{}', '{"a":"b\\"c"}', 'a,b', '\\', '"', ' x ', '\n', 'é'.repeat(300)),
);
const orNull = <T>(value: fc.Arbitrary<T>) => fc.oneof({ weight: 4, arbitrary: value }, fc.constant(null));
const json = fc.jsonValue({ maxDepth: 2 }).filter((value) => !/\\u0000|\\u[dD][89a-f]/.test(JSON.stringify(value)));

const row = fc.tuple(
  orNull(text),
  orNull(fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 })),
  orNull(fc.date({ min: new Date('0100-01-01Z'), max: new Date('9999-01-01Z'), noInvalidDate: true })),
  orNull(fc.boolean()),
  orNull(fc.uuid()),
  orNull(fc.uint8Array({ maxLength: 100 }).map((bytes) => Buffer.from(bytes).toString('hex'))),
  orNull(json.map((value) => JSON.stringify(value))),
);

test('what goes in comes out of unnest, whatever the value', async () => {
  await using database = await givenDatabase();
  await fc.assert(
    fc.asyncProperty(fc.array(row, { maxLength: 20 }), async (rows) => {
      const read = await database.db.query({
        name: 'test.binary_arrays',
        text: `
          select a, b, c, d, e, encode(f, 'hex') as f, g, g::text as g_text
            from unnest($1::text[], $2::int[], $3::timestamptz[], $4::boolean[], $5::uuid[], $6::bytea[], $7::jsonb[])
              as t (a, b, c, d, e, f, g)`,
        values: binaryArrays(['text', 'int4', 'timestamptz', 'bool', 'uuid', 'bytea', 'jsonb'], rows),
      });
      expect(read.rows.map(({ a, b, c, d, e, f }) => [a, b, c, d, e, f])).toEqual(rows.map((r) => r.slice(0, 6)));
      // A null of SQL and the null of JSON are two things.
      expect(read.rows.map(({ g_text }) => g_text === null)).toEqual(rows.map((r) => r[6] === null));
      expect(read.rows.map(({ g }) => g)).toEqual(rows.map((r) => r[6] && JSON.parse(r[6])));
    }),
    { numRuns: 200 },
  );
});
