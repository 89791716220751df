import { randomUUID } from 'node:crypto';
import { runOwnClient } from './http-client.ts';
import { installed } from './installed.ts';
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
  rate: number;
  p50_ms: number;
  p99_ms: number;
}

export const CONNECTIONS = 64;

const wrk = installed('wrk');
/** The name of the load generator that this machine has. */
export const httpClientName = wrk ? 'wrk' : 'own client';

/** One run. Throws when a single answer was no success: a rate of refusals means nothing. */
export function runHttpLoad(load: Omit<HttpLoad, 'run'>): Promise<LoadResult> {
  const named = { ...load, run: randomUUID() };
  return wrk ? runWrk(wrk, named) : runOwnClient(named);
}
