import { describe, expect, test } from 'vitest';
import { nextTryAt, RETRY_DELAYS_S, readRetryAfter } from './schedule.ts';

const now = new Date('2026-11-22T08:00:00Z');
const after = (tries: number, { retry_after = null as string | null, random = 0 } = {}) => {
  const at = nextTryAt({ tries, retry_after, now, random });
  return at && (at.getTime() - now.getTime()) / 1000;
};

describe('the schedule of retries', () => {
  test('waits 5 s, 5 min, 30 min, 2 h, 5 h, 10 h, 14 h, 20 h and 24 h, then gives up', () => {
    const waits = [1, 2, 3, 4, 5, 6, 7, 8, 9].map((tries) => after(tries));
    expect(waits).toEqual([5, 300, 1_800, 7_200, 18_000, 36_000, 50_400, 72_000, 86_400]);
    expect(after(10)).toBeUndefined();
  });

  test('is spread by up to a tenth, and never shorter', () => {
    RETRY_DELAYS_S.forEach((delay_s, i) => {
      expect(after(i + 1, { random: 0 })).toBe(delay_s);
      expect(after(i + 1, { random: 0.999_999 })).toBeCloseTo(delay_s * 1.1, 0);
    });
  });
});

describe('Retry-After', () => {
  test('lengthens the wait', () => {
    expect(after(1, { retry_after: '120' })).toBe(120);
    expect(after(1, { retry_after: 'Sun, 22 Nov 2026 09:00:00 GMT' })).toBe(3_600);
  });

  test('never shortens it: a server that always says 1 must not use up the schedule', () => {
    expect(after(2, { retry_after: '1' })).toBe(300);
    expect(after(2, { retry_after: 'Sun, 22 Nov 2020 09:00:00 GMT' })).toBe(300);
  });

  test('counts up to a day', () => {
    expect(after(1, { retry_after: '9999999999' })).toBe(86_400);
    expect(after(1, { retry_after: 'Sun, 22 Nov 2099 09:00:00 GMT' })).toBe(86_400);
  });

  test('does not bring an exhausted delivery back', () => {
    expect(after(10, { retry_after: '60' })).toBeUndefined();
  });

  test.each([null, '', 'soon', '-5', '1.5', '1e3', '2026-11-23', '12345678901', 'GMT'])(
    'is ignored when it is %j',
    (text) => {
      expect(readRetryAfter(text, now)).toBeUndefined();
    },
  );
});
