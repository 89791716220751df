import fc from 'fast-check';
import addressparser from 'nodemailer/lib/addressparser';
import { expect, test } from 'vitest';
import { addressesOf } from './address-list.ts';

test('the addresses of a header are the same by the short way as by the long one', () => {
  const parts = fc.constantFrom(
    'a',
    'B1',
    '.',
    '+',
    '-',
    '_',
    '@',
    ' ',
    '<',
    '>',
    ',',
    ';',
    ':',
    '"',
    '(',
    ')',
    'c.d',
    'e@f.g',
    '\t',
    'é',
  );
  fc.assert(
    fc.property(fc.array(parts, { maxLength: 12 }), (list) => {
      const text = list.join('');
      expect(addressesOf(text)).toEqual(addressparser(text, { flatten: true }).map(({ address }) => address));
    }),
    { numRuns: 5_000 },
  );
});
