import fc from 'fast-check';
import { expect, test } from 'vitest';
import { textFaults } from './text-faults.ts';

test('what is well formed has no fault', () => {
  fc.assert(
    fc.property(fc.jsonValue({ maxDepth: 4 }), (value) => {
      const text = JSON.stringify(value);
      fc.pre(!/\\u0000|\\ud[89a-f]/i.test(text));
      expect(textFaults(value)).toEqual([]);
    }),
  );
});

test.each([
  ['a\0', ''],
  [{ subject: 'a\0b' }, '/subject'],
  [{ to: ['a', 'b\ud800'] }, '/to/1'],
  [{ tags: { 'a/b~c': '\udc00' } }, '/tags/a~1b~0c'],
  [{ metadata: { a: [{ b: [null, '\0'] }] } }, '/metadata/a/0/b/1'],
])('in %j the fault is at %j', (value, pointer) => {
  expect(textFaults(value).map((fault) => fault.pointer)).toEqual([pointer]);
});

test('a name that cannot be stored is a fault too', () => {
  expect(textFaults({ metadata: { 'a\0': 1 } })).toMatchObject([{ detail: 'must not hold a NUL character' }]);
});

test('a pair of surrogates is a character, half of one is not', () => {
  expect(textFaults(['😀', '\ud83d\ude00'])).toEqual([]);
  expect(textFaults(['\ude00\ud83d'])).toHaveLength(1);
});

test('every fault is named, up to fifty', () => {
  expect(textFaults({ a: '\0', b: ['\ud800', 'fine', '\0'] }).map(({ pointer }) => pointer)).toEqual([
    '/a',
    '/b/0',
    '/b/2',
  ]);
  expect(textFaults(Array(10_000).fill('\0'))).toHaveLength(50);
});

test('nesting without end is a fault, not a crash', () => {
  const deep = JSON.parse(`${'['.repeat(100_000)}"\\u0000"${']'.repeat(100_000)}`);
  expect(textFaults(deep)).toHaveLength(1);
});
