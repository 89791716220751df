/** What is left of the quota, by the headers `RateLimit-Policy` and `RateLimit`. */
export interface RateLimit {
  /** Requests in each window. */
  limit: number | undefined;
  window_s: number | undefined;
  remaining: number;
  /** When the quota is whole again. */
  reset_s: number | undefined;
}

export function rateLimitOf(headers: Headers): RateLimit | undefined {
  const fields = `${headers.get('ratelimit')};${headers.get('ratelimit-policy')}`;
  const found: Record<string, number> = {};
  for (const [, name, value] of fields.matchAll(/;\s*([rqwt])=(\d+)/g)) found[name as string] ??= Number(value);
  const { r: remaining, q: limit, w: window_s, t: reset_s } = found;
  return remaining === undefined ? undefined : { limit, window_s, remaining, reset_s };
}
