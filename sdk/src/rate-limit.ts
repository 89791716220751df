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
  const field = (name: string) => {
    const found = new RegExp(`;\\s*${name}=(\\d+)`).exec(fields);
    return found ? Number(found[1]) : undefined;
  };
  const remaining = field('r');
  return remaining === undefined
    ? undefined
    : { limit: field('q'), window_s: field('w'), remaining, reset_s: field('t') };
}
