import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Refusal } from '../errors/refusal.ts';
import { claimOf, parseIdempotencyKey } from './idempotency-key.ts';

const json = fc.jsonValue({ maxDepth: 4 });
const fingerprint = (body: unknown, { path = {}, query = {}, operation = 'sendEmail' } = {}) =>
  claimOf('k', operation, { path, query, body }).fingerprint;

/** The same value with the names of every object in another order. */
function shuffled(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(shuffled);
  if (typeof value !== 'object' || value === null) return value;
  const copy = Object.entries(value)
    .reverse()
    .map(([name, item]) => [name, shuffled(item)]);
  return Object.fromEntries(copy);
}

/** The same value with the names of every object in order, so that JSON writes it in but one way. */
function inOrder(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(inOrder);
  if (typeof value !== 'object' || value === null) return value;
  const members = Object.entries(value).map(([name, item]) => [name, inOrder(item)] as const);
  return Object.fromEntries(members.sort(([a], [b]) => (a < b ? -1 : 1)));
}

describe('a fingerprint', () => {
  test('does not depend on the order of names or on white space', () => {
    fc.assert(
      fc.property(json, (body) => {
        expect(fingerprint(shuffled(body))).toBe(fingerprint(body));
        expect(fingerprint(JSON.parse(JSON.stringify(body, null, 3)))).toBe(fingerprint(body));
      }),
    );
  });

  test('differs when anything else does', () => {
    fc.assert(
      fc.property(json, json, (a, b) => {
        expect(fingerprint(a) === fingerprint(b)).toBe(JSON.stringify(inOrder(a)) === JSON.stringify(inOrder(b)));
      }),
      { numRuns: 1_000 },
    );
  });

  test.each([
    [{ to: ['a', 'b'] }, { to: ['b', 'a'] }],
    [{ a: 1 }, { a: '1' }],
    [{ a: null }, {}],
    [{ a: {} }, { a: [] }],
    [{ a: 'x' }, { a: 'X' }],
    [{ a: 'x ' }, { a: 'x' }],
    [{ a: { b: 1 } }, { a: 1, b: 1 }],
    [{ '': 'a' }, { a: '' }],
    [JSON.parse('{"__proto__": 1}'), {}],
    ['é', 'e\u0301'],
    [
      ['ab', 'c'],
      ['a', 'bc'],
    ],
    [['a', 'b'], ['a1"b']],
    [{ a: 'b', c: 'd' }, { a: 'b1"c1"d' }],
    [[1, 2], [12]],
    [['1'], [1]],
    [[null], ['null']],
    [[[], []], [[[]]]],
  ])('tells %j from %j', (a, b) => {
    expect(fingerprint(a)).not.toBe(fingerprint(b));
  });

  test('covers operation, path and query', () => {
    const body = { a: 1 };
    const all = [
      fingerprint(body),
      fingerprint(body, { operation: 'sendEmailBatch' }),
      fingerprint(body, { path: { id: 'em_1' } }),
      fingerprint(body, { query: { id: 'em_1' } }),
      fingerprint(body, { query: { rcpt_to: ['a', 'b'] } }),
      fingerprint(body, { query: { rcpt_to: ['b', 'a'] } }),
    ];
    expect(new Set(all).size).toBe(all.length);
    expect(fingerprint(body, { query: { a: '1', b: '2' } })).toBe(fingerprint(body, { query: { b: '2', a: '1' } }));
  });

  test('takes a raw body byte for byte', () => {
    fc.assert(
      fc.property(fc.uint8Array(), fc.uint8Array(), (a, b) => {
        const [left, right] = [Buffer.from(a), Buffer.from(b)];
        expect(fingerprint(left) === fingerprint(right)).toBe(left.equals(right));
      }),
    );
  });

  test('of a body without end is refused, not a crash', () => {
    const deep = JSON.parse(`${'['.repeat(100_000)}${']'.repeat(100_000)}`);
    expect(() => fingerprint(deep)).toThrow(Refusal);
  });
});

describe('a key', () => {
  const visible = fc.string({ unit: fc.integer({ min: 0x21, max: 0x7e }).map((c) => String.fromCharCode(c)) });

  test('is the same bare and in quotes', () => {
    fc.assert(
      fc.property(visible, (key) => {
        fc.pre(key.length > 0 && key.length <= 255 && !/^".*"$/.test(key));
        expect(parseIdempotencyKey(key)).toBe(key);
        expect(parseIdempotencyKey(`"${key.replaceAll(/["\\]/g, '\\$&')}"`)).toBe(key);
        expect(parseIdempotencyKey(` ${key}\t`)).toBe(key);
      }),
    );
  });

  test.each(['', ' ', '""', 'a b', '"a b"', 'a\tb', 'a\u00e9', 'a\0', 'a\nb', 'k'.repeat(256), `"${'k'.repeat(256)}"`])(
    'is not %j',
    (header) => {
      expect(() => parseIdempotencyKey(header)).toThrow(expect.objectContaining({ code: 'invalid-idempotency-key' }));
    },
  );
});
