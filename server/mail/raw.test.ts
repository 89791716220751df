import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { headerValue, joinRaw, rawHeader, readRaw, splitRaw, withCrlf } from './raw.ts';

const bytes = (text: string) => Buffer.from(text, 'latin1');
const faultOf = (text: string) => {
  const read = readRaw(bytes(text));
  return 'fault' in read ? read.fault : undefined;
};
const fragments = fc.constantFrom(
  'Subject: Hi',
  'From',
  ':',
  ' ',
  '\t',
  '\r\n',
  '\r\n\r\n',
  '\r\n ',
  '.',
  '\xe9',
  '\xff',
  'x',
  '--b',
  'Bcc: a@b.c',
);
const messages = fc.array(fragments, { maxLength: 30 }).map((parts) => bytes(parts.join('')));

/** Splitting completes a last header line that has no end, and writes the blank line that no header at all implies. */
const completed = (message: Buffer): Buffer[] => [
  message,
  Buffer.concat([message, bytes('\r\n')]),
  Buffer.concat([bytes('\r\n'), message]),
];

describe('a raw message', () => {
  test('is put together again byte for byte', () => {
    fc.assert(
      fc.property(messages, (message) => {
        const joined = joinRaw(splitRaw(message));
        expect(completed(message).some((one) => one.equals(joined))).toBe(true);
      }),
      { numRuns: 2_000 },
    );
  });

  test('with a proper header is put together exactly, whatever its body is made of', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 400 }), (body) => {
        const message = Buffer.concat([bytes('Subject: Hi\r\nX-A: 1\r\n folded\r\n\r\n'), body]);
        const raw = splitRaw(message);
        expect(raw.headers.map(({ name }) => name)).toEqual(['subject', 'x-a']);
        expect(joinRaw(raw).equals(message)).toBe(true);
      }),
    );
  });

  test('without any header keeps its body a body when headers are added', () => {
    const raw = splitRaw(bytes('\r\nFrom: this is text\r\n'));
    expect(raw.headers).toEqual([]);
    const joined = joinRaw({ ...raw, headers: [rawHeader('Date', 'today')] });
    expect(joined.toString()).toBe('Date: today\r\n\r\nFrom: this is text\r\n');
  });

  test('shows a header unfolded and in UTF-8, the first of its name', () => {
    const raw = splitRaw(Buffer.from('sUBJECT :  Grüße\r\n\tan alle \r\nSubject: second\r\n\r\nSubject: body'));
    expect(headerValue(raw, 'subject')).toBe('Grüße\tan alle');
    expect(headerValue(raw, 'from')).toBeUndefined();
  });
});

describe('line ends', () => {
  const lines = fc.array(fc.string({ unit: fc.constantFrom(...'ab.é\t '), maxLength: 8 }), {
    minLength: 1,
    maxLength: 10,
  });

  test('of CRLF stay as they are, down to the same buffer', () => {
    fc.assert(
      fc.property(lines, (list) => {
        const message = Buffer.from(list.join('\r\n'));
        expect(withCrlf(message)).toBe(message);
      }),
    );
  });

  test('of LF throughout become CRLF, and nothing else changes', () => {
    fc.assert(
      fc.property(lines, (list) => {
        expect(withCrlf(Buffer.from(list.join('\n')))?.toString()).toBe(list.join('\r\n'));
      }),
    );
  });

  test('of no single meaning are refused; otherwise no CR or LF stands alone afterwards', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom('a', '\r', '\n', '\r\n', '.', '\xe9'), maxLength: 12 }), (text) => {
        const result = withCrlf(bytes(text))?.toString('latin1');
        const has_bare_cr = /\r(?!\n)/.test(text);
        const has_bare_lf = /(^|[^\r])\n/.test(text);
        expect(result === undefined).toBe(has_bare_cr || (has_bare_lf && text.includes('\r\n')));
        if (result !== undefined) {
          expect(result).not.toMatch(/\r(?!\n)|(^|[^\r])\n/);
          expect(result.replaceAll('\r\n', '\n')).toBe(text.replaceAll('\r\n', '\n'));
        }
      }),
      { numRuns: 2_000 },
    );
  });
});

describe('what is no message', () => {
  test.each([
    ['a NUL', 'Subject: a\0b\r\n\r\n'],
    ['a NUL in the body', 'Subject: a\r\n\r\nb\0'],
    ['a line without a colon', 'Subject: a\r\nhello there\r\n\r\nbody'],
    ['a name with a space', 'Sub ject: a\r\n\r\nbody'],
    ['a name that ends in another white space', 'Subject\v: a\r\n\r\nbody'],
    ['a mailbox file’s first line', 'From ada@example.com Mon Jan 1\r\nSubject: a\r\n\r\nbody'],
    ['a folded line before any header', ' Subject: a\r\n\r\nbody'],
    ['a name beyond ASCII', 'S\xfcbject: a\r\n\r\nbody'],
    ['too much header', `X: a\r\n${' a\r\n'.repeat(300_000)}\r\nbody`],
  ])('has %s', (_what, text) => {
    expect(faultOf(text)).toBeTypeOf('string');
  });

  test.each([
    ['in its body', `Subject: a\r\n\r\nb\r\n${'c'.repeat(999)}\r\nd`, /of 999 octets, number 4,/],
    ['in its header', `Subject: ${'a'.repeat(990)}\r\n\r\n`, /of 999 octets, number 1,/],
    ['at its end, without a line end', `\r\n${'a'.repeat(2_000)}`, /of 2000 octets, number 2,/],
    ['that octets make long', Buffer.from(`\r\n${'é'.repeat(500)}\r\n`).toString('latin1'), /of 1000 octets/],
  ])('has a line that is too long %s', (_where, text, says) => {
    expect(faultOf(text)).toMatch(says);
  });

  test('has no line that is too long when none is longer than 998 octets', () => {
    const lengths = fc.array(fc.integer({ min: 990, max: 1_002 }), { maxLength: 5 });
    fc.assert(
      fc.property(lengths, fc.boolean(), (list, ended) => {
        const text = `\r\n${list.map((length) => 'x'.repeat(length)).join('\r\n')}${ended ? '\r\n' : ''}`;
        expect(faultOf(text) === undefined).toBe(list.every((length) => length <= 998));
      }),
    );
  });

  test.each(['Subject: a\r\n\r\nbody', '\r\nbody', 'Subject: a\r\n', 'X-A:\r\n\r\n', 'X-A :b\r\n\tc\r\n\r\n\xe9'])(
    'is not %j',
    (text) => {
      expect(faultOf(text)).toBeUndefined();
    },
  );
});
