/** What one run of load amounts to. */
export interface LoadResult {
  /** Messages taken; more may have been under way when time was up. */
  count: number;
  /** Of them in a second. */
  rate: number;
  p50_ms: number;
  p99_ms: number;
}

/** POST requests over `CONNECTIONS`, each with its own recipient and, if keyed, its own idempotency key. */
export interface HttpLoad {
  url: string;
  api_key: string;
  keyed: boolean;
  seconds: number;
  /** The body, with `NUMBER` where the request's number goes. */
  template: string;
  /** Tells the idempotency keys of one run from those of another. */
  run: string;
  signal: AbortSignal;
}

export const CONNECTIONS = 64;
