import { type Attempt, attempt, type Format } from './attempt.ts';
import { type Body, bodyOf } from './body.ts';
import type { Config } from './config.ts';
import { TimeoutError } from './errors/timeout-error.ts';
import { type AttemptInfo, tell } from './hooks.ts';
import { newIdempotencyKey } from './idempotency.ts';
import type { KeyedRequestOptions } from './options.ts';
import type { WithResponse } from './reply.ts';
import { delayBefore, mayRetry, sleep } from './retry.ts';
import { queryString } from './url.ts';

/** One call of an operation of the contract. */
export interface Call {
  /** GET when absent. */
  method?: 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** Below `/api/v2`, its parameters filled in. */
  path: string;
  query?: object;
  body?: unknown;
  /** The body's media type, if it is not JSON. */
  contentType?: string;
  /** The operation takes an idempotency key. */
  keyed?: boolean;
  format?: Format;
  options: KeyedRequestOptions;
}

/** Makes one logical request, over as many attempts as it takes. */
export type Transport = (call: Call) => Promise<WithResponse<unknown>>;

/** The key lives in this closure and in no object, so nothing that is printed or serialized can show it. */
export function transportOf(config: Config): Transport {
  return async (call) => {
    const body = bodyOf(call.body, call.contentType !== undefined);
    try {
      return await untilSettled(config, call, body);
    } catch (error) {
      body.discard(error);
      throw error;
    }
  };
}

async function untilSettled(config: Config, call: Call, body: Body): Promise<WithResponse<unknown>> {
  const { now, random, hooks } = config;
  const { signal } = call.options;
  const timeout_ms = call.options.timeout_ms ?? config.timeout_ms;
  const total_timeout_ms = call.options.total_timeout_ms ?? config.total_timeout_ms;
  const maxRetries = call.options.maxRetries ?? config.maxRetries;
  const url = `${config.baseUrl}${call.path}${queryString(call.query ?? {})}`;
  const method = call.method ?? 'GET';
  const headers = headersOf(config, call);
  const deadline = now() + total_timeout_ms;
  let failure: unknown;
  for (let retries = 0; ; retries++) {
    signal?.throwIfAborted();
    const started_ms = now();
    const left_ms = deadline - started_ms;
    let shown: AttemptInfo | undefined;
    const info = () => (shown ??= { method, url, attempt: retries + 1, headers: withoutKey(headers) });
    const request: Attempt = {
      url,
      // A redirect would turn a POST into a GET: it is reported rather than followed.
      init: { method, headers, redirect: 'manual', ...body.forAttempt() } as RequestInit,
      format: call.format ?? 'json',
      signal,
      timeout_ms: Math.min(timeout_ms, left_ms),
      onResponse: (response) =>
        tell(hooks, 'onResponse', () => [{ ...response, duration_ms: now() - started_ms }, info()]),
    };
    tell(hooks, 'onRequest', () => [info()]);
    try {
      return await attempt(config, request);
    } catch (error) {
      tell(hooks, 'onError', () => [{ error, duration_ms: now() - started_ms }, info()]);
      if (signal?.aborted) throw error;
      const isOutOfTime = error instanceof TimeoutError && left_ms <= timeout_ms;
      if (isOutOfTime) throw new TimeoutError(total_timeout_ms, { cause: failure });
      failure = error;
    }
    const delay_ms = delayBefore(retries, failure, random());
    const goesOn = retries < maxRetries && body.isReplayable() && mayRetry(failure, isRepeatable(call));
    // A wait that would outlast the total limit helps nobody: the failure is reported while it is fresh.
    if (!goesOn || now() + delay_ms >= deadline) throw failure;
    tell(hooks, 'onRetry', () => [{ error: failure, delay_ms }, info()]);
    await sleep(delay_ms, signal);
  }
}

/** PATCH counts too: in this contract it sets what it names, so a second one changes nothing. */
const isRepeatable = (call: Call) => call.method !== 'POST' || call.keyed === true;

function headersOf({ apiKey, headers: fixed }: Config, { options, body, contentType, keyed, format }: Call): Headers {
  const headers = new Headers(fixed);
  for (const [name, value] of Object.entries(options.headers ?? {})) headers.set(name, value);
  headers.set('authorization', `Bearer ${apiKey}`);
  headers.set('accept', format === 'stream' ? 'text/event-stream' : '*/*');
  if (body !== undefined) headers.set('content-type', contentType ?? 'application/json');
  if (options.idempotencyKey !== undefined) headers.set('idempotency-key', options.idempotencyKey);
  else if (keyed && !headers.has('idempotency-key')) headers.set('idempotency-key', newIdempotencyKey());
  return headers;
}

function withoutKey(headers: Headers): Headers {
  const shown = new Headers(headers);
  shown.delete('authorization');
  return shown;
}
