/** Waits between tries, in seconds. */
export type Schedule = readonly number[];

const minutes = (...list: number[]): Schedule => list.map((m) => m * 60);

/** 16 tries over 48 hours; the first wait outlasts the usual greylisting. */
export const RETRIES = minutes(5, 10, 20, 40, 60, 90, 120, 180, 240, 300, 300, 330, 360, 400, 425);

/**
 * For our own inbox, where a person or a test is waiting: the simulator defers a few times, and Postgres may be away for a
 * moment. Later on like any other.
 */
export const QUICK_RETRIES: Schedule = [1, 2, 3, 5, 10, 30, ...RETRIES];

const EXPIRY_S = 48 * 3_600;
/** How long a host that could not be reached is left alone. */
export const UNREACHABLE_S = 120;

interface Next {
  schedule: Schedule;
  /** Tries that have counted so far, this one included. */
  tries: number;
  now: Date;
  /** 0 ≤ x < 1. */
  random: number;
}

/** When to try again: up to 40 % later than the schedule says, so that what failed together does not return together. */
export function nextTry({ schedule, tries, now, random }: Next): Date | undefined {
  const wait_s = schedule[tries - 1];
  return wait_s === undefined ? undefined : new Date(now.getTime() + wait_s * (1 + 0.4 * random) * 1_000);
}

/** Whether a message has waited so long that it is given up. */
export function isExpired(queued_at: Date, now: Date): boolean {
  return now.getTime() - queued_at.getTime() >= EXPIRY_S * 1_000;
}

/** The same after a host was not reached: no try is spent, only time. */
export function nextContact({
  queued_at,
  now,
  random,
}: {
  queued_at: Date;
  now: Date;
  random: number;
}): Date | undefined {
  if (isExpired(queued_at, now)) return undefined;
  return new Date(now.getTime() + UNREACHABLE_S * (1 + 0.2 * random) * 1_000);
}
