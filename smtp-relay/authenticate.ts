import { createHash } from 'node:crypto';
import { APIError, type Koltrix } from 'koltrix';
import type { RelayLimits } from './limits.ts';
import { replies, type SmtpReply } from './reply.ts';

/** Clients kept for keys that were used lately; one more drops the one that was unused the longest. */
const max_clients = 1_000;
/** What can be a bearer token in an HTTP header; anything else is no API key. */
const bearer = /^[\x21-\x7e]{1,512}$/;

/** Who a connection speaks for: the SDK's client with the key inside, and the key's SHA-256, safe to keep as a name. */
export interface Caller {
  fingerprint: string;
  koltrix: Koltrix;
}

export interface Authenticator {
  /** Verifies an API key; resolves with the caller or with the reply that refuses. */
  authenticate(key: string): Promise<{ caller: Caller } | { refused: SmtpReply }>;
  /** Drops what is remembered about a key, when the API has refused it. */
  forget(caller: Caller): void;
}

interface Deps {
  /** Makes the client of one key. */
  connect(key: string): Koltrix;
  /** Milliseconds of a clock that only goes forward. */
  now(): number;
  limits: Pick<RelayLimits, 'auth_cache_ms' | 'answer_timeout_ms'>;
}

type Verdict = Awaited<ReturnType<Authenticator['authenticate']>>;

/**
 * Asks the API whose key it is, and remembers the yes for a moment: pools open many connections at once with one key,
 * and each of them shares the answer under way. A no is never remembered, so a new key works at once.
 */
export function createAuthenticator(deps: Deps): Authenticator {
  const verified = new Map<string, { caller: Caller; until_ms: number }>();
  const pending = new Map<string, Promise<Verdict>>();

  const remember = (caller: Caller): void => {
    verified.delete(caller.fingerprint);
    verified.set(caller.fingerprint, { caller, until_ms: deps.now() + deps.limits.auth_cache_ms });
    if (verified.size <= max_clients) return;
    const [oldest] = verified.keys();
    if (oldest !== undefined) verified.delete(oldest);
  };

  const ask = async (caller: Caller): Promise<Verdict> => {
    const verdict = await verify(caller, deps.limits.answer_timeout_ms);
    if ('caller' in verdict) remember(caller);
    else verified.delete(caller.fingerprint);
    pending.delete(caller.fingerprint);
    return verdict;
  };

  return {
    async authenticate(key) {
      if (!bearer.test(key)) return { refused: replies.invalidCredentials };
      const fingerprint = createHash('sha256').update(key).digest('base64url');
      const known = verified.get(fingerprint);
      if (known && known.until_ms > deps.now()) return { caller: known.caller };
      const underWay = pending.get(fingerprint);
      if (underWay) return underWay;
      const asked = ask(known?.caller ?? { fingerprint, koltrix: deps.connect(key) });
      pending.set(fingerprint, asked);
      return asked;
    },
    forget(caller) {
      verified.delete(caller.fingerprint);
    },
  };
}

/**
 * A key that may only read is refused here and not at MAIL: the client then hears at its first step, in the words of
 * its log-in, that this key will never send.
 */
async function verify(caller: Caller, timeout_ms: number): Promise<Verdict> {
  try {
    const account = await caller.koltrix.account.get({ timeout_ms, total_timeout_ms: timeout_ms });
    return account.scope === 'read' ? { refused: replies.scopeTooNarrow } : { caller };
  } catch (error) {
    // Without a problem document it was not Koltrix that refused.
    const code = error instanceof APIError && error.fromProblem ? error.code : 'unavailable';
    if (code === 'unauthenticated') return { refused: replies.invalidCredentials };
    return { refused: code === 'forbidden' ? replies.scopeTooNarrow : replies.authUnavailable };
  }
}
