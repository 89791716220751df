import { APIError } from './errors/api-error.ts';
import { ConnectionError } from './errors/connection-error.ts';
import { TimeoutError } from './errors/timeout-error.ts';

const BASE_ms = 500;
const CAP_ms = 8_000;
const LONGEST_RETRY_AFTER_ms = 60_000;

/** What the runtimes say when a connection was never made. */
const NEVER_SENT = ['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'UND_ERR_CONNECT_TIMEOUT', 'ConnectionRefused'];

/**
 * May the request be sent again after this failure?
 *
 * A request that is not `repeatable` (a POST without an idempotency key) may have had its effect although no answer
 * came: a second cancel would then report our own success as a conflict, and a webhook would be sent again twice. It
 * is repeated only when Koltrix itself says that it may be, or when the request cannot have left.
 */
export function mayRetry(error: unknown, repeatable: boolean): boolean {
  if (error instanceof APIError) return error.retryable && (repeatable || error.fromProblem);
  if (error instanceof ConnectionError) return repeatable || wasNeverSent(error.cause);
  return error instanceof TimeoutError && repeatable;
}

function wasNeverSent(failure: unknown): boolean {
  const { code, cause } = failure as { code?: string; cause?: { code?: string; message?: string } };
  // Deno has words for it, and no code.
  return NEVER_SENT.includes(code ?? cause?.code ?? '') || !!cause?.message?.includes('client error (Connect)');
}

/**
 * How long to wait before the next try, in milliseconds: exponential backoff with full jitter, on top of what the
 * server asks for, which is believed up to a minute. So a crowd that was turned away together comes back spread out.
 *
 * @param retries - how many retries there were before
 * @param random - in [0, 1)
 */
export function delayBefore(retries: number, error: unknown, random: number): number {
  const asked_ms = (error instanceof APIError && error.retryAfter_ms) || 0;
  return Math.min(asked_ms, LONGEST_RETRY_AFTER_ms) + random * Math.min(CAP_ms, BASE_ms * 2 ** retries);
}

/** Rejects with the signal's reason as soon as it aborts. */
export function sleep(delay_ms: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    const abort = () => {
      clearTimeout(timer);
      reject(signal?.reason);
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener('abort', abort);
      resolve();
    }, delay_ms);
    if (signal?.aborted) abort();
    else signal?.addEventListener('abort', abort, { once: true });
  });
}
