import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { foldingFault, headerFault, isHeaderText } from './headers.ts';

const FROM = 'hello@acme.example';

describe('the name of a custom header', () => {
  test.each(['X-Order', 'x', 'List-Unsubscribe', 'Precedence', 'X-Mailer!', 'a'.repeat(76)])('may be %s', (name) => {
    expect(headerFault(name, 'value', FROM)).toBeUndefined();
  });

  test.each(['', 'X Order', 'X:Order', 'X-Örder', 'X\r\nBcc', 'X\n', 'X\0', 'a'.repeat(77)])(
    'may not be %j',
    (name) => {
      expect(headerFault(name, 'value', FROM)).toMatch(/not a header name/);
    },
  );

  test.each([
    'Bcc',
    'BCC',
    'Received',
    'return-path',
    'DKIM-Signature',
    'Message-ID',
    'Date',
    'MIME-Version',
    'Content-Type',
    'Content-Transfer-Encoding',
    'Feedback-ID',
    'Resent-To',
    'ARC-Seal',
    'Authentication-Results',
    'Delivered-To',
    'X-Koltrix-Idempotency-Key',
    'x-koltrix-anything',
  ])('%s is reserved', (name) => {
    expect(headerFault(name, 'value', FROM)).toMatch(/reserved|is set by the field/);
  });

  test.each([
    ['Subject', 'subject'],
    ['To', 'to'],
    ['Reply-To', 'reply_to'],
    ['From', 'from'],
  ])('%s is set by its field, and the fault says so', (name, field) =>
    expect(headerFault(name, 'value', FROM)).toContain(`\`${field}\``),
  );
});

test.each([
  ['Office <office@acme.example>', true],
  ['office@ACME.example', true],
  ['office@evil.example', false],
  ['office@sub.acme.example', false],
  ['a@acme.example, b@evil.example', false],
  ['', false],
])('a Sender of %j is taken: %s', (value, taken) => {
  expect(headerFault('Sender', value, FROM) === undefined).toBe(taken);
});

describe('the text of a header', () => {
  test('has no control character but the tab, and no half of a pair', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 10 }), fc.nat(0x7f), (text, code) => {
        const control = code < 0x20 || code === 0x7f;
        expect(isHeaderText(`a${String.fromCharCode(code)}b`)).toBe(!control || code === 9);
        if (isHeaderText(text)) expect(text).not.toMatch(/[\r\n\0]/);
        expect(isHeaderText(`${text}\n`)).toBe(false);
        expect(isHeaderText(`${text}\ud800`)).toBe(false);
      }),
    );
  });

  test('can be folded unless a single word fills a line', () => {
    expect(foldingFault('x'.repeat(900))).toBeUndefined();
    expect(foldingFault(`${'x'.repeat(900)} `.repeat(10))).toBeUndefined();
    expect(foldingFault('ü'.repeat(10_000))).toBeUndefined();
    expect(foldingFault(`a ${'x'.repeat(901)} b`)).toMatch(/900/);
    expect(headerFault('X-Long', 'x'.repeat(901), FROM)).toMatch(/900/);
  });
});
