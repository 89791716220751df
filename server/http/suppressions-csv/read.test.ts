import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { defuse, undefuse } from './formula.ts';
import { readSuppressionsCsv } from './read.ts';

const now = new Date('2026-11-22T08:00:00Z');
const read = (text: string) => readSuppressionsCsv(Buffer.from(text), now);
const forGood = (address: string, reason = 'manual') => ({ address, topic: '', reason, expires_at: null });

describe('a file of suppressions', () => {
  test('is read by the names of its columns, in any order and case, and others are ignored', async () => {
    const { suppressions, faults } = await read(
      '\ufeffName,EXPIRES_AT,Email,reason\r\nBob,,Bob@Example.com,hard\r\n"Eve, the other",2099-01-01T00:00:00Z,eve@example.com,\r\n',
    );
    expect(faults).toEqual([]);
    expect(suppressions).toEqual([
      forGood('bob@example.com', 'hard'),
      { address: 'eve@example.com', topic: '', reason: 'manual', expires_at: new Date('2099-01-01T00:00:00Z') },
    ]);
  });

  test('may be a bare list, have semicolons, blank lines, and no line end at its end', async () => {
    expect((await read('bob@example.com\n\neve@example.com')).suppressions).toHaveLength(2);
    expect((await read('address;reason\nbob@example.com;block\n')).suppressions).toEqual([
      forGood('bob@example.com', 'block'),
    ]);
  });

  test('is told each fault with its line, and its other lines are read', async () => {
    const { suppressions, faults } = await read(
      [
        'address,reason,expires_at',
        'nobody,manual,',
        'ok@example.com,hard,',
        'x@example.com,bounced,',
        'x@example.com,,tomorrow',
        'x@example.com,,2020-01-01T00:00:00Z',
        '',
        'x"y@example.com,,',
        'fine@example.com',
        ',,',
        '"unmatched@example.com,manual,',
        'lost@example.com,,',
      ].join('\r\n'),
    );
    expect(suppressions).toEqual([forGood('ok@example.com', 'hard'), forGood('fine@example.com')]);
    expect(faults).toEqual([
      { line: 2, detail: '"nobody" is no email address' },
      { line: 4, detail: expect.stringMatching(/^"bounced" is no reason; they are hard, soft, /) },
      { line: 5, detail: '"tomorrow" is no time as 2099-01-01T00:00:00Z' },
      { line: 6, detail: '"2020-01-01T00:00:00Z" lies in the past' },
      { line: 8, detail: '"x\\"y@example.com" is no email address' },
      { line: 10, detail: '"" is no email address' },
      {
        line: expect.any(Number),
        detail: expect.stringMatching(/^is not valid CSV, so nothing from here on was read/),
      },
    ]);
  });

  test('that names an address twice says the longer of the two', async () => {
    const { suppressions, repeated } = await read(
      'address,expires_at\nBob@example.com,2099-01-01T00:00:00Z\nbob@EXAMPLE.com,\nbob@example.com,2098-01-01T00:00:00Z\n',
    );
    expect(suppressions).toEqual([forGood('bob@example.com')]);
    expect(repeated).toBe(2);
  });

  test('tells topics apart', async () => {
    const { suppressions, repeated, faults } = await read(
      'address,topic\nbob@example.com,\nbob@example.com,newsletter\nbob@example.com,newsletter\nbob@example.com,Two words\n',
    );
    expect(suppressions.map(({ topic }) => topic)).toEqual(['', 'newsletter']);
    expect([repeated, faults]).toEqual([1, [{ line: 5, detail: '"Two words" is no topic' }]]);
  });

  test('that is none is refused', async () => {
    await expect(read('name,reason\nBob,hard\n')).rejects.toMatchObject({ code: 'invalid-request' });
    await expect(readSuppressionsCsv(Buffer.from('address\nb\xfcb@example.com', 'latin1'), now)).rejects.toMatchObject({
      faults: [{ detail: expect.stringContaining('UTF-8') }],
    });
    const long = `address\n${'bob@example.com\n'.repeat(100_001)}`;
    await expect(read(long)).rejects.toMatchObject({ code: 'payload-too-large' });
  });

  test('does no harm, whatever it holds', async () => {
    await fc.assert(
      fc.asyncProperty(fc.string({ unit: 'grapheme', maxLength: 200 }), async (text) => {
        const { suppressions, faults } = await read(`address,reason\n${text}\n"${text}`);
        expect(suppressions.length + faults.length).toBeGreaterThanOrEqual(0);
      }),
      { numRuns: 200 },
    );
    const { faults } = await read(`address\n"${'x'.repeat(1_000_000)}\nok@example.com\n`);
    expect(faults.length).toBeGreaterThan(0);
  });
});

describe('a cell', () => {
  test('that a spreadsheet would compute is defused, and comes back as it was', () => {
    expect(['=1+1', '+a@b.example', '-1', '@SUM(A1)', '\tx', '＝1', "'=1"].map(defuse)).toEqual([
      "'=1+1",
      "'+a@b.example",
      "'-1",
      "'@SUM(A1)",
      "'\tx",
      "'＝1",
      "''=1",
    ]);
    fc.assert(
      fc.property(fc.string(), (cell) => {
        expect(undefuse(defuse(cell))).toBe(cell);
        expect(defuse(cell)).not.toMatch(/^[=+\-@\t\r]/);
      }),
    );
  });
});
