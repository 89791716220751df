import { describe, expect, test } from 'vitest';
import { type Answer, judge } from './judge.ts';

const now = new Date('2026-11-22T08:00:00Z');
const answer = (status_code: number | null, more: Partial<Answer> = {}): Answer => ({
  status_code,
  error: null,
  location: null,
  retry_after: null,
  response_excerpt: null,
  duration_ms: 1,
  interrupted: false,
  ...more,
});
const verdict = (given: Answer, tries = 0) => judge(given, tries, { now, random: 0 });

describe('an answer', () => {
  test.each([200, 201, 202, 204, 299])('of %i is a delivery', (status) => {
    expect(verdict(answer(status))).toEqual({
      outcome: 'delivered',
      state: 'delivered',
      due_at: null,
      tries: 1,
      error: null,
    });
  });

  test.each([100, 199, 400, 401, 404, 409, 429, 500, 502, 503, 999])('of %i is a failure that is retried', (status) => {
    expect(verdict(answer(status))).toMatchObject({
      outcome: 'failed',
      state: 'pending',
      due_at: new Date('2026-11-22T08:00:05Z'),
    });
  });

  test('that redirects is a failure that says so', () => {
    expect(verdict(answer(302, { location: 'http://169.254.169.254/' })).error).toBe(
      'answered 302 Found: redirects are not followed (to http://169.254.169.254/)',
    );
    expect(verdict(answer(308)).error).toBe('answered 308 Permanent Redirect: redirects are not followed');
  });

  test('of 410 ends the delivery and the endpoint', () => {
    expect(verdict(answer(410))).toMatchObject({ outcome: 'gone', state: 'exhausted', due_at: null });
  });

  test('that did not come is a failure in words', () => {
    expect(verdict(answer(null, { error: 'no answer within 15 s' }))).toMatchObject({
      outcome: 'failed',
      state: 'pending',
      error: 'no answer within 15 s',
    });
  });

  test('to the tenth try ends the delivery', () => {
    expect(verdict(answer(500), 8)).toMatchObject({ state: 'pending', tries: 9 });
    expect(verdict(answer(500), 9)).toMatchObject({ state: 'exhausted', due_at: null, tries: 10 });
  });
});

describe('a try that our own stop cut off', () => {
  test('is due again at once and costs nothing', () => {
    expect(verdict(answer(null, { interrupted: true }), 3)).toMatchObject({
      outcome: 'interrupted',
      due_at: now,
      tries: 3,
    });
  });

  test('counts as answered when the answer had come', () => {
    expect(verdict(answer(200, { interrupted: true }))).toMatchObject({ state: 'delivered' });
    expect(verdict(answer(500, { interrupted: true }))).toMatchObject({ outcome: 'failed' });
  });
});
