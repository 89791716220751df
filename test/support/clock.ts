export interface Clock {
  now(): Date;
  advance(by: { days?: number; hours?: number; seconds?: number }): void;
}

/** A clock that a test can put forward; between that it runs with the machine's or, on request, stands. */
export function givenClock({ stands = false } = {}): Clock {
  const start_ms = Date.now();
  let ahead_ms = 0;
  return {
    now: () => new Date((stands ? start_ms : Date.now()) + ahead_ms),
    advance({ days = 0, hours = 0, seconds = 0 }) {
      ahead_ms += ((days * 24 + hours) * 3_600 + seconds) * 1_000;
    },
  };
}
