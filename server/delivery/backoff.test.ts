import { describe, expect, test } from 'vitest';
import { nextContact, nextTry, QUICK_RETRIES, RETRIES } from './backoff.ts';

const now = new Date('2026-01-01T00:00:00Z');
const HOUR_S = 3_600;
const wait_s = (at: Date | undefined) => at && (at.getTime() - now.getTime()) / 1_000;

describe('the retry schedule', () => {
  test('has 16 tries over 48 hours', () => {
    expect(RETRIES).toHaveLength(15);
    expect(RETRIES.reduce((sum, s) => sum + s, 0)).toBe(48 * HOUR_S);
  });

  test('starts after 5 to 7 minutes, and grows', () => {
    expect(wait_s(nextTry({ schedule: RETRIES, tries: 1, now, random: 0 }))).toBe(300);
    expect(wait_s(nextTry({ schedule: RETRIES, tries: 1, now, random: 0.999 }))).toBeLessThan(420);
    expect(RETRIES.every((s, i) => i === 0 || s >= (RETRIES[i - 1] as number))).toBe(true);
  });

  test('is never earlier than it says, and at most 40 % later', () => {
    for (const [i, s] of RETRIES.entries()) {
      expect(wait_s(nextTry({ schedule: RETRIES, tries: i + 1, now, random: 0 }))).toBe(s);
      expect(wait_s(nextTry({ schedule: RETRIES, tries: i + 1, now, random: 0.999 }))).toBeLessThan(s * 1.4);
    }
  });

  test('ends after its last try', () => {
    expect(nextTry({ schedule: RETRIES, tries: 15, now, random: 0 })).toBeDefined();
    expect(nextTry({ schedule: RETRIES, tries: 16, now, random: 0 })).toBeUndefined();
  });

  test('of our own inbox begins within seconds, and gives no message up earlier than any other', () => {
    const first = QUICK_RETRIES.slice(0, 6).map((_, i) =>
      nextTry({ schedule: QUICK_RETRIES, tries: i + 1, now, random: 0 }),
    );
    expect(first.map(wait_s)).toEqual([1, 2, 3, 5, 10, 30]);
    expect(QUICK_RETRIES.reduce((sum, s) => sum + s, 0)).toBeGreaterThanOrEqual(48 * HOUR_S);
  });
});

describe('a host that was not reached', () => {
  const hoursAgo = (hours: number) => new Date(now.getTime() - hours * HOUR_S * 1_000);

  test('is left alone for two minutes', () => {
    const at = (random: number) => wait_s(nextContact({ queued_at: hoursAgo(1), now, random }));
    expect(at(0)).toBe(120);
    expect(at(0.999)).toBeLessThan(144);
  });

  test('is given up for a message that has been in the queue for 48 hours', () => {
    expect(nextContact({ queued_at: hoursAgo(47.99), now, random: 0 })).toBeDefined();
    expect(nextContact({ queued_at: hoursAgo(48), now, random: 0 })).toBeUndefined();
  });
});
