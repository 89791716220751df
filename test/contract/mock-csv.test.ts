import fc from 'fast-check';
import { expect, test } from 'vitest';
import { readSuppressionsCsv as readByMock } from '../../sdk/src/testing/suppressions-csv.ts';
import { readSuppressionsCsv as readByServer } from '../../server/http/suppressions-csv/read.ts';

const now = new Date('2026-11-22T08:00:00Z');

/** What a file holds, or why it is refused, in one form for both. */
async function outcomeOf(read: (bytes: Uint8Array, now: Date) => unknown, text: string): Promise<unknown> {
  try {
    return await read(new TextEncoder().encode(text), now);
  } catch (error) {
    return String(error);
  }
}
/** Where it no longer is CSV nobody can say the line, and CRLF within quotes is two lines to the server's parser. */
function comparable(outcome: unknown, text: string): string {
  const isVague = text.includes('\r\n') && text.includes('"');
  return JSON.stringify(outcome)
    .replaceAll('"topic":""', '"topic":null')
    .replaceAll(isVague ? /"line":\d+/g : /"line":\d+(?=,"detail":"is not valid CSV)/g, '"line":0');
}

const cell = fc.oneof(
  fc.constantFrom('bob@example.com', 'Eve@Example.COM', "'+plus@example.com", 'nobody', '', '  ', 'newsletter', 'hard'),
  fc.constantFrom('2099-01-01T00:00:00Z', '2098-01-01T00:00:00+02:00', '2020-01-01T00:00:00Z', 'tomorrow', 'x y'),
  fc.constantFrom('"quoted@example.com"', '"a ""b"" c"', '"two⏎lines"', ' "with blanks" ', 'a"b', '"'),
);
const row = fc.array(cell, { minLength: 1, maxLength: 5 });
const file = fc
  .record({
    header: fc.constantFrom(
      'address',
      'Email,reason,expires_at',
      'topic,ADDRESS , reason',
      'name',
      '\ufeffaddress,topic',
      '',
    ),
    rows: fc.array(row, { maxLength: 6 }),
    delimiter: fc.constantFrom(',', ';'),
    newline: fc.constantFrom('\n', '\r\n', '\r'),
    end: fc.boolean(),
  })
  .map(({ header, rows, delimiter, newline, end }) =>
    [header.replaceAll(',', delimiter), ...rows.map((cells) => cells.join(delimiter)), ...(end ? [''] : [])]
      .join(newline)
      .replaceAll('⏎', newline),
  );

test('the mock reads a file of suppressions as the server does', async () => {
  await fc.assert(
    fc.asyncProperty(file, async (text) => {
      const [read, owed] = [await outcomeOf(readByMock, text), await outcomeOf(readByServer, text)];
      expect(comparable(read, text)).toEqual(comparable(owed, text));
    }),
    { numRuns: 1_000 },
  );
});
