/**
 * How many messages for one destination a worker has in hand. What is over goes back to the queue until about its turn,
 * so that a destination that is slow, or dead, keeps its mail and not the worker.
 */
export interface Gate {
  /** A place, to be left again; or the time to come back. */
  enter(name: string, places: number): Place | Date;
  /** A time to come back from `from` on, one after the other. */
  turnAfter(name: string, from: Date): Date;
  /** Nobody enters until then. */
  close(name: string, until: Date): void;
}

export interface Place {
  leave(): void;
}

export interface GateOptions {
  now(): Date;
  /** 0 ≤ x < 1. */
  random(): number;
}

interface Door {
  inside: number;
  closed_until_ms: number;
  /** When the last of those that were sent away is to come back. */
  last_turn_ms: number;
  left: number;
  since_ms: number;
  /** Messages a second that leave while others wait. */
  rate: number;
}

const FIRST_WAIT_MS = 1_000;
/** Guesses reach no further; those that come back too early are sent away again. */
const HORIZON_MS = 60_000;
/** High at first: a guess too low leaves a quick receiver idle, one too high costs a look. */
const FIRST_RATE = 100;
/** Come back a little too early rather than leave the place empty. */
const HASTE = 1.5;
const MEASURE_MS = 1_000;
const MOST_DOORS = 5_000;

export function createGate({ now, random }: GateOptions): Gate {
  const doors = new Map<string, Door>();

  function doorOf(name: string, now_ms: number): Door {
    const known = doors.get(name);
    if (known) return known;
    if (doors.size >= MOST_DOORS) forgetUnused(now_ms);
    const made = { inside: 0, closed_until_ms: 0, last_turn_ms: 0, left: 0, since_ms: now_ms, rate: FIRST_RATE };
    doors.set(name, made);
    return made;
  }

  function forgetUnused(now_ms: number): void {
    for (const [name, door] of doors)
      if (!door.inside && Math.max(door.last_turn_ms, door.closed_until_ms) < now_ms) doors.delete(name);
  }

  /** While the place is full, what leaves is what it can take. */
  function measure(door: Door, now_ms: number): void {
    const span_ms = now_ms - door.since_ms;
    if (span_ms < MEASURE_MS) return;
    if (door.inside) door.rate = Math.max(1, (door.rate + (door.left * 1_000) / span_ms) / 2);
    door.left = 0;
    door.since_ms = now_ms;
  }

  function turnOf(door: Door, from_ms: number): Date {
    const next_ms = Math.max(door.last_turn_ms, from_ms) + 1_000 / (door.rate * HASTE);
    if (next_ms > from_ms + HORIZON_MS) return new Date(from_ms + HORIZON_MS * (0.5 + random() / 2));
    door.last_turn_ms = next_ms;
    return new Date(next_ms);
  }

  return {
    enter(name, places) {
      const now_ms = now().getTime();
      const door = doorOf(name, now_ms);
      if (door.closed_until_ms > now_ms) return turnOf(door, door.closed_until_ms);
      measure(door, now_ms);
      if (door.inside >= places) return turnOf(door, now_ms + FIRST_WAIT_MS);
      door.inside++;
      let here = true;
      return {
        leave() {
          if (!here) return;
          here = false;
          door.inside--;
          door.left++;
        },
      };
    },
    turnAfter: (name, from) => turnOf(doorOf(name, now().getTime()), from.getTime()),
    close(name, until) {
      doorOf(name, now().getTime()).closed_until_ms = until.getTime();
    },
  };
}
