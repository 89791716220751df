/** How many requests one key (a tenant, an address) may make in a window. */
export interface RateLimit {
  readonly requests: number;
  readonly window_s: number;
  /** Counts one request. Never throws: without its store it counts in this process. */
  take(key: string): Promise<Quota> | Quota;
}

export interface Quota {
  allowed: boolean;
  remaining: number;
  /** Until the quota is full again, in whole seconds, at least 1. */
  reset_s: number;
}
