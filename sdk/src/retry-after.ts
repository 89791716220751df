/** `Retry-After` in either of its forms, seconds or an HTTP date (RFC 9110, 10.2.3), as milliseconds from `now_ms`. */
export function retryAfterOf(value: string | null, now_ms: number): number | undefined {
  if (!value) return undefined;
  const wait_ms = /^\d+$/.test(value) ? Number(value) * 1000 : Date.parse(value) - now_ms;
  return Number.isNaN(wait_ms) ? undefined : Math.max(0, wait_ms);
}
