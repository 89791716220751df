import { timingSafeEqual } from 'node:crypto';
import { Refusal } from '../errors/refusal.ts';
import { findKey, touchKey } from '../store/api-keys.sql.ts';
import type { Database } from '../store/database.ts';
import type { Hints } from '../store/hints.ts';
import { hashApiKey } from '../store/new-api-key.ts';
import type { Caller } from './handler.ts';

interface AuthenticateDeps {
  db: Database;
  hints: Pick<Hints, 'on'>;
  now(): Date;
}

/** Answers whose key it is, or throws `unauthenticated`. */
export type Authenticate = (authorization: string | undefined) => Promise<Caller> | Caller;

/** Long enough to take the database out of the hot path; a revocation clears it at once, in every process. */
const CACHE_MS = 5_000;
const CACHE_ENTRIES = 10_000;
const BEARER = /^Bearer +([!-~]{8,200}) *$/i;

interface Known {
  caller: Caller;
  expires_ms: number;
}

/**
 * Keys are 256 random bits, so one SHA-256 is all the hashing they need; the look-up is by the hash and therefore tells
 * nothing about the key by its timing.
 */
export function createAuthenticate({ db, hints, now }: AuthenticateDeps): Authenticate {
  const cache = new Map<string, Known>();
  let revocations = 0;
  hints.on('keys', () => {
    revocations++;
    cache.clear();
  });

  async function lookUp(name: string): Promise<Caller> {
    const hash = Buffer.from(name, 'hex');
    const revocations_before = revocations;
    const key = await findKey(db, hash);
    if (!key || !timingSafeEqual(key.hash, hash))
      throw unauthenticated('The API key is not known or has been revoked.');
    const caller: Caller = { tenant_id: key.tenant_id, api_key_id: key.id, scope: key.scope };
    if (cache.size >= CACHE_ENTRIES) cache.clear();
    // A key that was revoked while it was being read must not be remembered.
    if (revocations === revocations_before) cache.set(name, { caller, expires_ms: now().getTime() + CACHE_MS });
    // A convenience for the owner, not worth failing a request for.
    touchKey(db, key.id, now()).catch(() => {});
    return caller;
  }

  return (authorization) => {
    const key = authorization === undefined ? undefined : BEARER.exec(authorization)?.[1];
    if (!key) throw unauthenticated('Send the header `Authorization: Bearer kx_…` with your API key.');
    const name = hashApiKey(key);
    const known = cache.get(name);
    return known && known.expires_ms > now().getTime() ? known.caller : lookUp(name);
  };
}

function unauthenticated(detail: string): Refusal {
  return new Refusal('unauthenticated', detail);
}
