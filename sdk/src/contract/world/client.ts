import type { Operation } from '../spec/contract.ts';
import { foreignAddress } from './guard.ts';

export interface Call {
  /** Undefined: a path or a method that the contract does not have. */
  operation: Operation | undefined;
  method: string;
  /** Below the base path, placeholders filled in. */
  path: string;
  query?: readonly (readonly [name: string, value: string])[];
  headers?: Record<string, string>;
  body?: string | undefined;
  media_type?: string | undefined;
  /** Another key than the one that was given; null: none. */
  key?: string | null;
}

export interface Exchange {
  call: Call;
  url: string;
  /** Nought when no answer came. */
  status: number;
  headers: Headers;
  text: string;
  /** The body as JSON, when it is some. */
  json: unknown;
  /** Why no answer came. */
  failure?: string;
  /** The runtime's name for that, as ECONNREFUSED. */
  failure_code?: string | undefined;
}

export interface ClientOptions {
  base_url: string;
  key: string;
  /** Requests in a second at most. */
  rate: number;
  fetch: typeof fetch;
  /** Addresses that may stand in a request beside those at simulator.test. */
  senders: readonly string[];
  signal: AbortSignal;
  /** Milliseconds of the clock after which nothing is sent any more. */
  deadline_ms: number;
  /** Sees every answer, also those that are tried again. */
  onExchange(exchange: Exchange): void;
}

export interface Client {
  send(call: Call): Promise<Exchange>;
  /** The answer as it comes, for streams. The caller ends it by the signal. */
  open(call: Call, signal: AbortSignal): Promise<Response>;
  /** The same client with more time and without the signal: for cleaning up. */
  grace(time_ms: number): Client;
  readonly requests: number;
}

/** The time that the caller gave is up, or he wants it to end. */
export class OutOfTime extends Error {}

const PATIENCE = { 429: 10, 503: 3 } as Record<number, number>;
const TIMEOUT_MS = 60_000;
/** What may have made something is not cut off at once: whoever never hears of it cannot take it away again. */
const FINISH_MS = 5_000;

export function createClient(options: ClientOptions): Client {
  const state = { requests: 0, next_ms: 0 };
  return clientIn(options, state);
}

function clientIn(options: ClientOptions, state: { requests: number; next_ms: number }): Client {
  const { deadline_ms, signal, rate, onExchange } = options;
  const late = delayed(signal, FINISH_MS);

  async function turn(): Promise<void> {
    const wait_ms = state.next_ms - Date.now();
    state.next_ms = Math.max(state.next_ms, Date.now()) + 1_000 / rate;
    if (wait_ms > 0) await pause(wait_ms);
    if (signal.aborted || Date.now() > deadline_ms) throw new OutOfTime();
    state.requests++;
  }

  async function request({ url, init }: Prepared, ends: AbortSignal): Promise<Response> {
    await turn();
    return options.fetch(url, { ...init, redirect: 'manual', signal: ends });
  }

  function endOf({ method }: Call): AbortSignal {
    const more_ms = method === 'GET' || method === 'HEAD' ? 0 : FINISH_MS;
    const left_ms = Math.max(1, Math.min(TIMEOUT_MS, deadline_ms - Date.now() + more_ms));
    return AbortSignal.any([more_ms ? late : signal, AbortSignal.timeout(left_ms)]);
  }

  async function once(call: Call): Promise<Exchange> {
    const made = prepared(options, call);
    const empty = { call, url: made.url, status: 0, headers: new Headers(), text: '', json: undefined };
    try {
      const response = await request(made, endOf(call));
      return { ...empty, status: response.status, headers: response.headers, ...(await bodyOf(response)) };
    } catch (error) {
      if (error instanceof OutOfTime || signal.aborted || Date.now() >= deadline_ms) throw new OutOfTime();
      if (!(error instanceof TypeError) && (error as Error).name !== 'TimeoutError') throw error;
      const { message, cause } = error as Error & { cause?: Error & { code?: string } };
      return { ...empty, failure: cause?.message || message, failure_code: cause?.code };
    }
  }

  return {
    async send(call) {
      for (let tries = 0; ; tries++) {
        let exchange = await once(call);
        // A server may close a connection that was idle just as it is used again: that is nobody's fault.
        if (exchange.failure_code !== undefined) exchange = await once(call);
        onExchange(exchange);
        if (tries >= (PATIENCE[exchange.status] ?? 0)) return exchange;
        const wait_s = Number(exchange.headers.get('retry-after') ?? 1) || 1;
        if (Date.now() + wait_s * 1_000 > deadline_ms) throw new OutOfTime();
        await pause(wait_s * 1_000);
      }
    },
    open: async (call, ends) => request(prepared(options, call), ends),
    grace: (time_ms) =>
      clientIn({ ...options, deadline_ms: Date.now() + time_ms, signal: new AbortController().signal }, state),
    get requests() {
      return state.requests;
    },
  };
}

function delayed(signal: AbortSignal, time_ms: number): AbortSignal {
  const late = new AbortController();
  signal.addEventListener('abort', () => void setTimeout(() => late.abort(), time_ms), { once: true });
  return late.signal;
}

interface Prepared {
  url: string;
  init: RequestInit;
}

function prepared({ base_url, key, senders }: ClientOptions, call: Call): Prepared {
  const query = (call.query ?? []).map(([name, value]) => `${encodeURIComponent(name)}=${encodeURIComponent(value)}`);
  const url = `${base_url}${call.path}${query.length ? `?${query.join('&')}` : ''}`;
  const foreign = foreignAddress(`${call.path} ${(call.query ?? []).join(' ')} ${call.body ?? ''}`, senders);
  if (foreign) throw new Error(`the kit must not name ${foreign} in a request`);
  const bearer = call.key === undefined ? key : call.key;
  const init = {
    method: call.method,
    headers: {
      ...(bearer !== null && { authorization: `Bearer ${bearer}` }),
      ...(call.body !== undefined && call.media_type && { 'content-type': call.media_type }),
      ...call.headers,
    },
    // As bytes: of a text, fetch would say a type by itself.
    ...(call.body !== undefined && { body: new TextEncoder().encode(call.body) }),
  };
  return { url, init };
}

async function bodyOf(response: Response): Promise<{ text: string; json: unknown }> {
  if (response.headers.get('content-type')?.startsWith('text/event-stream')) {
    await response.body?.cancel();
    return { text: '', json: undefined };
  }
  const text = await response.text();
  try {
    return { text, json: JSON.parse(text) };
  } catch {
    return { text, json: undefined };
  }
}

export const pause = (time_ms: number) => new Promise<void>((resolve) => setTimeout(resolve, time_ms));
