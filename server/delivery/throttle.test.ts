import { describe, expect, test } from 'vitest';
import { parseReply } from './classify.ts';
import { asksForLess, createThrottle } from './throttle.ts';

const at = (s: number) => new Date(1_000_000_000 + s * 1_000);

test('each request for less halves the connections, down to one, and pauses twice as long, up to five minutes', () => {
  const throttle = createThrottle(() => 20);
  const seen: [number, number][] = [];
  let s = 0;
  for (let i = 0; i < 9; i++) {
    throttle.slowDown(at(s));
    const until = throttle.pausedUntil(at(s)) as Date;
    seen.push([throttle.connections(), (until.getTime() - at(s).getTime()) / 1_000]);
    s += 301;
    expect(throttle.pausedUntil(at(s))).toBeUndefined();
  }
  expect(seen.map(([connections]) => connections)).toEqual([10, 5, 2, 1, 1, 1, 1, 1, 1]);
  expect(seen.map(([, pause]) => pause)).toEqual([5, 10, 20, 40, 80, 160, 300, 300, 300]);
});

test('what several connections are told at once counts once', () => {
  const throttle = createThrottle(() => 8);
  for (let i = 0; i < 5; i++) throttle.slowDown(at(1));
  expect(throttle.connections()).toBe(4);
});

test('messages taken bring the connections back one by one, up to the limit', () => {
  const throttle = createThrottle(() => 4);
  throttle.slowDown(at(0));
  const seen = Array.from({ length: 40 }, () => {
    throttle.accepted();
    return throttle.connections();
  });
  expect([seen[8], seen[9], seen[18], seen[19], seen[39]]).toEqual([2, 3, 3, 4, 4]);
});

test('a limit that is lowered and raised by others counts at once, and what was asked for counts beside it', () => {
  let most = 8;
  const throttle = createThrottle(() => most);
  const accept = () => Array.from({ length: 200 }, () => throttle.accepted());
  most = 2;
  expect(throttle.connections()).toBe(2);
  accept();
  most = 8;
  expect(throttle.connections()).toBe(8);
  throttle.slowDown(at(0));
  expect(throttle.connections()).toBe(4);
  most = 3;
  expect(throttle.connections()).toBe(3);
});

describe('a request for less', () => {
  test.each([
    ['421 4.7.0 Too many connections', true],
    ['421 Service not available', true],
    ['451 4.7.500 Server busy', true],
    ['450 4.7.1 Greylisted, try again later', false],
    ['451 4.7.1 Graylisting in action', false],
    ['450 4.2.1 Mailbox busy', false],
    ['550 5.7.1 Blocked', false],
    ['250 2.0.0 Ok', false],
  ])('%s: %s', (reply, expected) => {
    expect(asksForLess(parseReply(reply))).toBe(expected);
  });
});
