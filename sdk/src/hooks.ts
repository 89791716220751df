import type { ResponseInfo } from './reply.ts';

/** One attempt. Every hook is given the same object for it, so that it can be the key of a `WeakMap`. */
export interface AttemptInfo {
  method: string;
  url: string;
  /** 1, and one more with each retry. */
  attempt: number;
  /** A copy of what is sent, but for the API key. */
  readonly headers: Headers;
}

/**
 * Watches requests, for logs, metrics and traces. Hooks only look on: what one throws or rejects with is dropped, and
 * nobody waits for it.
 */
export interface Hooks {
  /** An attempt is about to be made. */
  onRequest?: ((request: AttemptInfo) => unknown) | undefined;
  /** An answer has come, of whatever status; its body may still be on its way. */
  onResponse?: ((response: ResponseInfo & { duration_ms: number }, request: AttemptInfo) => unknown) | undefined;
  /** The attempt failed: by an error status (after `onResponse`), without an answer, or by an abort. */
  onError?: ((failure: { error: unknown; duration_ms: number }, request: AttemptInfo) => unknown) | undefined;
  /** After `onError`: it will be tried again, in so many milliseconds. */
  onRetry?: ((retry: { error: unknown; delay_ms: number }, request: AttemptInfo) => unknown) | undefined;
}

type Fact<Name extends keyof Hooks> = Parameters<NonNullable<Hooks[Name]>>;

/** Tells one hook, if it is there, whatever comes of it. */
export function tell<Name extends keyof Hooks>(hooks: Hooks, name: Name, facts: () => Fact<Name>): void {
  // Most applications have none, and should not pay for them.
  if (hooks[name]) void call(hooks, name, facts());
}

async function call<Name extends keyof Hooks>(hooks: Hooks, name: Name, facts: Fact<Name>): Promise<void> {
  try {
    await (hooks[name] as (...facts: unknown[]) => unknown).apply(hooks, facts);
  } catch {
    // An observer must not decide whether a mail counts as sent.
  }
}
