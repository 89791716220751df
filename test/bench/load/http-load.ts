import { randomUUID } from 'node:crypto';
import type { Tools } from '../tools.ts';
import { runOwnClient } from './http-client.ts';
import { runWrk } from './wrk.ts';

/** POST requests over 64 connections, each with its own recipient and, if keyed, its own idempotency key. */
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

export interface LoadResult {
  /** Requests answered with success; more may have been under way when time was up. */
  count: number;
  /** Of them in a second. */
  rate: number;
  p50_ms: number;
  p99_ms: number;
}

export const CONNECTIONS = 64;

/** One run. Throws when a single answer was no success: a rate of refusals means nothing. */
export function runHttpLoad({ wrk }: Tools, load: Omit<HttpLoad, 'run'>): Promise<LoadResult> {
  const named = { ...load, run: randomUUID() };
  return wrk ? runWrk(wrk, named) : runOwnClient(named);
}
