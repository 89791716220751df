import type { Scope } from '../generated/types.gen.ts';
import type { Operation } from './generated/operations.gen.ts';
import { Refusal } from './problem.ts';
import type { World } from './world.ts';

/** Who asks: the API key's id and scope. */
export interface Caller {
  api_key_id: string;
  scope: Scope;
}

const BEARER = /^Bearer +([!-~]{8,200}) *$/i;
/** Those of tests are as short as `test`. */
const ANY_BEARER = /^Bearer +([!-~]+) *$/i;

/**
 * Whose key it is. An open mock takes every key that it did not issue itself for the account's first one, so that code
 * under test needs no key of the mock's.
 */
export function authenticate(world: World, authorization: string | null, isOpen: boolean): Caller {
  const secret = (isOpen ? ANY_BEARER : BEARER).exec(authorization ?? '')?.[1];
  if (!secret) {
    throw new Refusal('unauthenticated', 'Send the header `Authorization: Bearer kx_…` with your API key.');
  }
  const keys = [...world.apiKeys.values()];
  const record = keys.find((key) => key.secret === secret) ?? (isOpen ? keys[0] : undefined);
  if (!record || record.api_key.revoked_at) {
    throw new Refusal('unauthenticated', 'The API key is not known or has been revoked.');
  }
  const minute_ms = Math.floor(world.clock.now().getTime() / 60_000) * 60_000;
  record.api_key.last_used_at = new Date(minute_ms).toISOString();
  return { api_key_id: record.api_key.id, scope: record.api_key.scope };
}

/** Refuses a key of too narrow a scope. */
export function authorize({ scope: wanted }: Operation, { scope }: Caller): void {
  if (wanted === 'any' || scope === 'full' || scope === wanted) return;
  const named = wanted === 'full' ? '`full`' : `\`${wanted}\` or \`full\``;
  throw new Refusal('forbidden', `This operation wants the scope ${named}; the key has ${scope}.`);
}

/** Counts requests in windows, and announces what is left. */
export function createQuota({ requests, window_s }: World['rateLimit']): (world: World, headers: Headers) => void {
  let began_ms = Number.NEGATIVE_INFINITY;
  let count = 0;
  return ({ clock }, headers) => {
    const now_ms = clock.now().getTime();
    if (now_ms - began_ms >= window_s * 1_000) {
      began_ms = now_ms;
      count = 0;
    }
    count++;
    const reset_s = Math.max(1, Math.ceil((began_ms + window_s * 1_000 - now_ms) / 1_000));
    headers.set('ratelimit-policy', `"default";q=${requests};w=${window_s}`);
    headers.set('ratelimit', `"default";r=${Math.max(0, requests - count)};t=${reset_s}`);
    if (count <= requests) return;
    throw new Refusal(
      'rate-limited',
      `${requests} requests in ${window_s} s are allowed; retry after the time that Retry-After names.`,
      { retry_after_s: reset_s },
    );
  };
}
