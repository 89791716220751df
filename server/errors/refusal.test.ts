import { expect, test } from 'vitest';
import { invalid } from './refusal.ts';

test.each([
  ['/to/0', '/to/0: is wrong'],
  ['?limit', '?limit: is wrong'],
  ['', 'The body: is wrong'],
  // The pointer of a header ends in a colon of its own.
  ['Content-Encoding:', 'Content-Encoding: is wrong'],
])('a single fault at %j is told in words', (pointer, words) => {
  expect(invalid({ pointer, detail: 'is wrong' }).message).toBe(words);
});

test('several faults are counted', () => {
  const fault = { pointer: '/to', detail: 'is wrong' };
  expect(invalid(fault, fault).message).toBe('The request has 2 faults; see errors.');
});
