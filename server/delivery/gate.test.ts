import { describe, expect, test } from 'vitest';
import { createGate, type Place } from './gate.ts';

function given() {
  const clock = { ms: 1_000_000 };
  const gate = createGate({ now: () => new Date(clock.ms), random: () => 0.5 });
  const inside: Place[] = [];
  /** Milliseconds until one may come back; undefined when one has entered. */
  const enter = (places = 2, name = 'a') => {
    const answer = gate.enter(name, places);
    if (answer instanceof Date) return answer.getTime() - clock.ms;
    inside.push(answer);
    return undefined;
  };
  return { clock, gate, enter, inside };
}

describe('a place', () => {
  test('is had until all are taken, and again when somebody leaves', () => {
    const { enter, inside } = given();
    expect([enter(), enter()]).toEqual([undefined, undefined]);
    expect(enter()).toBeGreaterThanOrEqual(1_000);
    inside[0]?.leave();
    inside[0]?.leave();
    expect(enter()).toBeUndefined();
    expect(enter()).toBeGreaterThanOrEqual(1_000);
  });

  test('is of one door alone', () => {
    const { enter } = given();
    enter(1, 'a');
    expect(enter(1, 'a')).toBeDefined();
    expect(enter(1, 'b')).toBeUndefined();
  });
});

describe('who is sent away', () => {
  test('comes back one after the other, never in a crowd, and within a minute', () => {
    const { enter } = given();
    enter(1);
    const waits = Array.from({ length: 20_000 }, () => enter(1) as number);
    expect(waits.slice(1, 100).every((wait, i) => wait > (waits[i] as number))).toBe(true);
    expect(Math.max(...waits)).toBeLessThanOrEqual(61_000);
  });

  test('comes back later where few leave, sooner where many do', () => {
    const gaps = [1, 500].map((leaving) => {
      const { clock, enter, inside } = given();
      for (let second = 0; second < 20; second++) {
        for (let i = 0; i < leaving; i++) {
          enter(1);
          if (i < leaving - 1) inside.pop()?.leave();
        }
        clock.ms += 1_000;
        enter(1);
        inside.pop()?.leave();
      }
      enter(1);
      return (enter(1) as number) - (enter(1) as number);
    });
    expect(Math.abs(gaps[0] as number)).toBeGreaterThan(Math.abs(gaps[1] as number) * 10);
  });

  test('finds a closed door until it opens', () => {
    const { clock, gate, enter } = given();
    gate.close('a', new Date(clock.ms + 120_000));
    expect(enter()).toBeGreaterThanOrEqual(120_000);
    clock.ms += 120_001;
    expect(enter()).toBeUndefined();
  });
});
