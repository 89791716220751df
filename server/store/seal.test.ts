import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createSeal } from './seal.ts';

const seal = createSeal('a secret for tests alone');

test('what is sealed is read again, and each time it is sealed differently', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), (plain) => {
      const [first, second] = [seal.seal(plain), seal.seal(plain)];
      expect(seal.open(first)).toBe(plain);
      expect(seal.open(second)).toBe(plain);
      expect(first.equals(second)).toBe(false);
      if (plain.length > 4) expect(first.includes(plain)).toBe(false);
    }),
  );
});

test('a change of any bit is noticed, and so is a missing end', () => {
  const sealed = seal.seal('whsec_something');
  for (let bit = 0; bit < sealed.length * 8; bit++) {
    const changed = Buffer.from(sealed);
    changed[bit >> 3] = (changed[bit >> 3] as number) ^ (1 << (bit & 7));
    expect(() => seal.open(changed)).toThrow();
  }
  for (let length = 0; length < sealed.length; length++) expect(() => seal.open(sealed.subarray(0, length))).toThrow();
});

test('after a rotation the new secret seals, and what the previous one sealed is still opened', () => {
  const rotated = createSeal('the next secret of the tests', ['one from before that', 'a secret for tests alone']);
  expect(rotated.open(seal.seal('plain'))).toBe('plain');
  expect(rotated.open(rotated.seal('plain'))).toBe('plain');
  expect(() => seal.open(rotated.seal('plain'))).toThrow();
  expect(rotated.previous_checks()).toContainEqual(seal.check());
});

test('another secret opens nothing and is recognised as another', () => {
  const other = createSeal('another secret for tests');
  expect(() => other.open(seal.seal('plain'))).toThrow();
  expect(other.check().equals(seal.check())).toBe(false);
  expect(createSeal('a secret for tests alone').check().equals(seal.check())).toBe(true);
});
