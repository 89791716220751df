import { setTimeout as sleep } from 'node:timers/promises';
import type { Event } from '../index.ts';
import { signWebhook } from '../testing/sign-webhook.ts';

/** What became of one event at the target. */
export interface Forwarded {
  /** The answer's status; null when none came. */
  status: number | null;
  /** Why no answer came. */
  error: string | null;
  /** The beginning of an answer that was no success. */
  excerpt: string | null;
  duration_ms: number;
}

export interface Target {
  url: string;
  /** Signs the requests. */
  secret: string;
  headers: Record<string, string>;
  signal: AbortSignal;
  /** Told once when nobody listens at the target, and once when somebody does again. */
  onAway(reason: string): void;
  onBack(): void;
}

/** As long as Koltrix itself waits for a receiver. */
const TIMEOUT_ms = 15_000;
const AWAY_PAUSE_ms = 500;
const EXCERPT_characters = 200;

/** The connection was not even made: the receiver is being restarted, or was never started. */
const AWAY = ['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'UND_ERR_CONNECT_TIMEOUT'];

/**
 * Posts an event, signed anew at each try. It waits for a target that is away, so that a restart of the receiver costs
 * no event; what the receiver itself answers is reported and not repeated.
 */
export async function forward(event: Event, target: Target): Promise<Forwarded> {
  for (let wasAway = false; ; ) {
    const start = performance.now();
    try {
      const answer = await post(event, target);
      if (wasAway) target.onBack();
      return { ...answer, duration_ms: Math.round(performance.now() - start) };
    } catch (error) {
      target.signal.throwIfAborted();
      const reason = reasonOf(error);
      if (!AWAY.includes(reason)) {
        return { status: null, error: reason, excerpt: null, duration_ms: Math.round(performance.now() - start) };
      }
      if (!wasAway) target.onAway(reason);
      wasAway = true;
    }
    await sleep(AWAY_PAUSE_ms, undefined, { signal: target.signal });
  }
}

async function post(event: Event, { url, secret, headers, signal }: Target): Promise<Omit<Forwarded, 'duration_ms'>> {
  const signed = await signWebhook(event, secret);
  const response = await fetch(url, {
    method: 'POST',
    headers: { ...headers, 'user-agent': 'Koltrix-Webhooks', ...signed.headers },
    body: signed.body,
    // Koltrix follows none either.
    redirect: 'manual',
    signal: AbortSignal.any([signal, AbortSignal.timeout(TIMEOUT_ms)]),
  });
  const excerpt = await excerptOf(response);
  return { status: response.status, error: null, excerpt: response.ok ? null : excerpt };
}

/** As for Koltrix itself, an answer whose body stalls, breaks off or never ends still is one. */
async function excerptOf({ body }: Response): Promise<string> {
  const decoder = new TextDecoder();
  let text = '';
  try {
    for await (const chunk of body ?? []) {
      text += decoder.decode(chunk, { stream: true });
      // Leaving the loop lets go of the body, and of the connection with it.
      if (text.length >= EXCERPT_characters) break;
    }
  } catch {
    // What came is kept.
  }
  return text.slice(0, EXCERPT_characters);
}

/** The runtime wraps the reason in causes of causes. */
function reasonOf(error: unknown): string {
  const { cause, code, name, message } = error as { cause?: unknown; code?: string; name: string; message: string };
  if (name === 'TimeoutError') return `no answer within ${TIMEOUT_ms / 1_000} s`;
  return cause ? reasonOf(cause) : typeof code === 'string' ? code : message;
}
