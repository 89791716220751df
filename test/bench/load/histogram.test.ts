import { describe, expect, test } from 'vitest';
import { createHistogram, resultOf } from './histogram.ts';

describe('a histogram of latencies', () => {
  test('answers percentiles to within one percent', () => {
    const histogram = createHistogram();
    for (let value_ms = 1; value_ms <= 1_000; value_ms++) histogram.add(value_ms);
    expect(histogram.percentile(0.5) / 500).toBeCloseTo(1, 1.5);
    expect(histogram.percentile(0.99) / 990).toBeCloseTo(1, 1.5);
  });

  test('keeps a single slow message out of the median and in the last percentile', () => {
    const histogram = createHistogram();
    for (const value_ms of [1, 1, 1, 5_000]) histogram.add(value_ms);
    expect(histogram.percentile(0.5)).toBeLessThan(1.01);
    expect(histogram.percentile(0.99)).toBeGreaterThan(4_900);
  });

  test('takes what is too short to measure', () => {
    const histogram = createHistogram();
    histogram.add(0);
    expect(histogram.percentile(0.5)).toBeCloseTo(0.001);
  });

  test('is all zeros when nothing was measured', () => {
    expect(resultOf(createHistogram(), 1_000)).toEqual({ count: 0, rate: 0, p50_ms: 0, p99_ms: 0 });
  });

  test('counts messages by the second', () => {
    const histogram = createHistogram();
    for (let count = 0; count < 30; count++) histogram.add(2);
    expect(resultOf(histogram, 2_000).rate).toBe(15);
  });
});
