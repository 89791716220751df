import { randomBytes } from 'node:crypto';
import { expect, test } from 'vitest';
import { randomText } from './random-text.ts';

test('has the length asked for, in letters and digits alone', () => {
  for (const length of [1, 43, 44, 500])
    expect(randomText(length, randomBytes)).toMatch(new RegExp(`^[A-Za-z0-9]{${length}}$`));
});

test('gives each of the 62 characters to four bytes, and throws the other eight away', () => {
  const every = Buffer.from(Array.from({ length: 256 }, (_, byte) => byte));
  const counts = new Map<string, number>();
  for (const character of randomText(248, () => every)) counts.set(character, (counts.get(character) ?? 0) + 1);
  expect(counts.size).toBe(62);
  expect([...new Set(counts.values())]).toEqual([4]);
});

test('asks again as long as it has too few', () => {
  const rounds = [Buffer.from([255, 0]), Buffer.from([250, 248]), Buffer.from([61, 1])];
  expect(randomText(2, () => rounds.shift() as Buffer)).toBe('A9');
  expect(rounds).toEqual([]);
});
