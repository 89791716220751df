import { randomUUID } from 'node:crypto';
import type { Tools } from '../tools.ts';
import { runOwnClient } from './http-client.ts';
import type { HttpLoad, LoadResult } from './load.ts';
import { runWrk } from './wrk.ts';

/** One run. Throws when a single answer was no success: a rate of refusals means nothing. */
export function runHttpLoad({ wrk }: Tools, load: Omit<HttpLoad, 'run'>): Promise<LoadResult> {
  const named = { ...load, run: randomUUID() };
  return wrk ? runWrk(wrk, named) : runOwnClient(named);
}
