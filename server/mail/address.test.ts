import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { arbitraryAddress as addresses, arbitraryDomain as domain } from '../../test/support/arbitrary-address.ts';
import { canonicalAddress, domainOf, envelopeAddress, isAddress, parseMailbox } from './address.ts';

/** What attacks are made of. */
const hostile = fc.string({
  unit: fc.constantFrom(...'ab.@<>"\\,;: \t\r\n\0\u007f\u0085\u2028()[]%é\ud800'),
  maxLength: 24,
});

test('the addresses that these properties are about are many', () => {
  expect(new Set(fc.sample(addresses, { numRuns: 200 })).size).toBeGreaterThan(100);
});

describe('an address', () => {
  test('never holds what could end it early or begin something else', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          hostile,
          fc.tuple(hostile, domain).map(([text, host]) => `${text}@${host}`),
        ),
        (text) => {
          for (const address of [isAddress(text) && text, parseMailbox(text)?.address]) {
            if (!address) continue;
            expect(address).not.toMatch(/[\u0000-\u001f\u007f<>]/);
            expect(address.isWellFormed()).toBe(true);
            expect(domainOf(address)).toMatch(/^[a-z0-9_]([a-z0-9_.-]*[a-z0-9_])?$/);
          }
        },
      ),
      { numRuns: 3_000 },
    );
  });

  test.each([
    'ada@example.com\r\nBcc: eve@example.com',
    'ada@example.com\n',
    'ada\0@example.com',
    'ada@example.com>, <eve@example.com',
    '"ada>,<eve"@example.com',
    '"ada\\>"@example.com',
    'ada@exam ple.com',
    'ada@[127.0.0.1]',
    'ada@127.0.0.1',
    'ada@１２７.0.0.1',
    'ada@example.com%00.test',
    'ada@example..com',
    'ada@.com',
    'ada@-a.com',
    'ada',
    '@example.com',
    '.ada@example.com',
    'ada.@example.com',
    'a..da@example.com',
    `${'a'.repeat(65)}@example.com`,
    `ada@${'a'.repeat(64)}.com`,
    `ada@${'a.'.repeat(130)}com`,
    'ada@example.com,eve@example.com',
    'ada;eve@example.com',
    'ada eve@example.com',
    '"ada eve"@example.com',
    '"ada@eve"@example.com',
    'ada\u00a0eve@example.com',
    'ada\u200b@example.com',
    'ada\u2028@example.com',
    'ada\u0085@example.com',
  ])('is not %j', (text) => {
    expect(isAddress(text)).toBe(false);
    expect(parseMailbox(text)?.address).toBeUndefined();
  });

  test('in canonical form is its own canonical form, whatever its case', () => {
    fc.assert(
      fc.property(addresses, (address) => {
        const canonical = canonicalAddress(address);
        expect(canonicalAddress(canonical)).toBe(canonical);
        expect(canonicalAddress(envelopeAddress(address))).toBe(canonical);
      }),
    );
    expect(canonicalAddress('Ada@BÜCHER.Example')).toBe('ada@xn--bcher-kva.example');
    expect(canonicalAddress('ADA@EXAMPLE.COM')).toBe(canonicalAddress('ada@example.com'));
  });

  test('keeps its local part in the envelope, and has its domain in ASCII', () => {
    expect(envelopeAddress('Jörg@Bücher.example')).toBe('Jörg@xn--bcher-kva.example');
  });
});

describe('a mailbox', () => {
  test('survives being written and read again', () => {
    const names = fc.string({ unit: fc.constantFrom(...'abc "\\,;:()<>@é漢.'), maxLength: 20 });
    fc.assert(
      fc.property(names, addresses, (name, address) => {
        const text = `"${name.replaceAll(/["\\]/g, '\\$&')}" <${address}>`;
        expect(parseMailbox(text)).toEqual({ name, address });
      }),
    );
  });

  test.each([
    ['ada@example.com', '', 'ada@example.com'],
    ['  ada@example.com ', '', 'ada@example.com'],
    ['<ada@example.com>', '', 'ada@example.com'],
    ['Ada Lovelace <ada@example.com>', 'Ada Lovelace', 'ada@example.com'],
    ['Lovelace, Ada <ada@example.com>', 'Lovelace, Ada', 'ada@example.com'],
    ['"Ada \\"A\\" L" <ada@example.com>', 'Ada "A" L', 'ada@example.com'],
    ['eve@example.com <ada@example.com>', 'eve@example.com', 'ada@example.com'],
  ])('is read from %j', (text, name, address) => {
    expect(parseMailbox(text)).toEqual({ name, address });
  });

  test.each([
    'Ada <ada@example.com> x',
    'Ada <ada@example.com',
    '<<ada@example.com>>',
    'Ada <a@b.c> <ada@example.com>',
    '"Ada <ada@example.com>',
  ])('is not read from %j', (text) => expect(parseMailbox(text)).toBeUndefined());
});
