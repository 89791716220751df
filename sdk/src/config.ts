import { KoltrixError } from './errors/koltrix-error.ts';
import type { Hooks } from './hooks.ts';
import type { Renderer } from './render.ts';

/** How to reach Koltrix, and with how much patience. */
export interface KoltrixOptions {
  /** An API key, `kx_…`; by default the environment's `KOLTRIX_KEY`. */
  apiKey?: string | undefined;
  /** Where Koltrix is, with or without `/api/v2`; by default `KOLTRIX_BASE_URL`, else `http://127.0.0.1:8025`. */
  baseUrl?: string | undefined;
  /** The time limit of each attempt: 60 s. */
  timeout_ms?: number | undefined;
  /** The time limit of a whole call with its retries; by default there is none. */
  total_timeout_ms?: number | undefined;
  /** How many times a failed attempt is repeated: 3. */
  maxRetries?: number | undefined;
  /** Headers for every request, by name. */
  headers?: Record<string, string> | undefined;
  /** Stands in for the global `fetch`. */
  fetch?: typeof fetch | undefined;
  /** Makes HTML and text of the `body` of an email, as a template engine does. */
  render?: Renderer['render'] | undefined;
  /** Watch each request, for logs and traces. */
  hooks?: Hooks | undefined;
}

/** The options, checked and complete. */
export interface Config {
  apiKey: string;
  /** With `/api/v2`, without a slash at the end. */
  baseUrl: string;
  timeout_ms: number;
  total_timeout_ms: number;
  maxRetries: number;
  headers: Record<string, string>;
  fetch: typeof fetch;
  hooks: Hooks;
  now: () => number;
  random: () => number;
}

/** Throws a `KoltrixError` that never repeats the key, since a key with a line break in it is refused as well. */
export function configOf(options: KoltrixOptions): Config {
  const apiKey = (options.apiKey ?? environment('KOLTRIX_KEY'))?.trim();
  if (!apiKey) throw new KoltrixError('There is no API key: pass apiKey or set KOLTRIX_KEY');
  if (!/^[\x21-\x7e]+$/.test(apiKey)) throw new KoltrixError('The API key has characters that no API key has');
  return {
    apiKey,
    baseUrl: baseUrlOf(options.baseUrl ?? environment('KOLTRIX_BASE_URL') ?? 'http://127.0.0.1:8025'),
    timeout_ms: options.timeout_ms ?? 60_000,
    total_timeout_ms: options.total_timeout_ms ?? Number.POSITIVE_INFINITY,
    maxRetries: options.maxRetries ?? 3,
    headers: options.headers ?? {},
    // Looked up at each call, so that a `fetch` that is replaced later is the one that is used.
    fetch: options.fetch ?? ((...request) => globalThis.fetch(...request)),
    hooks: options.hooks ?? {},
    now: Date.now,
    random: Math.random,
  };
}

export function baseUrlOf(given: string): string {
  let url: URL;
  try {
    url = new URL(given);
  } catch {
    throw new KoltrixError(`baseUrl is not a URL: ${given}`);
  }
  if (!/^https?:$/.test(url.protocol) || url.username || url.search || url.hash) {
    throw new KoltrixError('baseUrl must be an http or https URL without credentials, query or fragment');
  }
  return `${url.origin}${url.pathname.replace(/\/*(\/api\/v2)?\/*$/, '')}/api/v2`;
}

/** Edge runtimes and browsers have no `process`; Deno has one but may refuse to let the variable be read. */
export function environment(name: string): string | undefined {
  try {
    const { process } = globalThis as { process?: { env?: Record<string, string | undefined> } };
    return process?.env?.[name] || undefined;
  } catch {
    return undefined;
  }
}
