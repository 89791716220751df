import { RateLimiterMemory, type RateLimiterRes } from 'rate-limiter-flexible';
import type { Quota, RateLimit } from './rate-limit.ts';

export interface RateLimitOptions {
  requests: number;
  window_s: number;
}

/** Counts in this process alone. */
export function localRateLimit({ requests, window_s }: RateLimitOptions): RateLimit {
  const limiter = new RateLimiterMemory({ points: requests, duration: window_s });
  const counted = (result: RateLimiterRes) => toQuota(result, requests);
  return { requests, window_s, take: (key) => limiter.consume(key).then(counted, counted) };
}

/** The limiter rejects with the same figures when a count goes over. */
export function toQuota({ consumedPoints, remainingPoints, msBeforeNext }: RateLimiterRes, requests: number): Quota {
  return {
    allowed: consumedPoints <= requests,
    remaining: remainingPoints,
    reset_s: Math.max(1, Math.ceil(msBeforeNext / 1_000)),
  };
}
