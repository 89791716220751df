const MINUTE_S = 60;
const HOUR_S = 60 * MINUTE_S;

/** The wait before each retry, in seconds. After the last retry a delivery is exhausted. */
export const RETRY_DELAYS_S = [
  5,
  5 * MINUTE_S,
  30 * MINUTE_S,
  2 * HOUR_S,
  5 * HOUR_S,
  10 * HOUR_S,
  14 * HOUR_S,
  20 * HOUR_S,
  24 * HOUR_S,
] as const;

/** An endpoint without a success for so long is disabled. */
export const FAILING_DAYS = 5;

const MAX_RETRY_AFTER_S = 24 * HOUR_S;

/** Up to a tenth longer, so that what failed together does not come back together. */
const JITTER = 0.1;

export interface FailedTry {
  /** Tries made on this schedule, this one included. */
  tries: number;
  /** The answer's `Retry-After`, as sent. */
  retry_after: string | null;
  now: Date;
  /** From 0 to 1. */
  random: number;
}

/** When to try again; undefined when the schedule is exhausted. */
export function nextTryAt({ tries, retry_after, now, random }: FailedTry): Date | undefined {
  const delay_s = RETRY_DELAYS_S[tries - 1];
  if (delay_s === undefined) return undefined;
  const wait_s = Math.max(delay_s, readRetryAfter(retry_after, now) ?? 0);
  return new Date(now.getTime() + Math.round(wait_s * 1000 * (1 + JITTER * random)));
}

/**
 * `Retry-After` in seconds from now, at most a day (RFC 9110, 10.2.3: a number of seconds, or a date). It only ever
 * lengthens a wait: a server that always says "1" must not use up the schedule in seconds.
 */
export function readRetryAfter(value: string | null, now: Date): number | undefined {
  const text = value?.trim() ?? '';
  const wait_s = /^\d{1,10}$/.test(text) ? Number(text) : secondsUntil(text, now);
  return Number.isFinite(wait_s) ? Math.min(Math.max(wait_s, 0), MAX_RETRY_AFTER_S) : undefined;
}

/** NaN for what is no HTTP date; `Date.parse` alone would take far more. */
function secondsUntil(text: string, now: Date): number {
  return text.endsWith('GMT') ? (Date.parse(text) - now.getTime()) / 1000 : Number.NaN;
}
