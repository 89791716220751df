export interface Clock {
  now(): Date;
  advance(by: { hours?: number; days?: number; seconds?: number }): void;
}

/** The machine's clock, which a test can put forward. */
export function givenClock(): Clock {
  let ahead_ms = 0;
  return {
    now: () => new Date(Date.now() + ahead_ms),
    advance({ days = 0, hours = 0, seconds = 0 }) {
      ahead_ms += ((days * 24 + hours) * 3_600 + seconds) * 1_000;
    },
  };
}
