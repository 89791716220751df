import type { ConnectionError } from './errors/connection-error.ts';
import type { KoltrixError } from './errors/koltrix-error.ts';
import type { TimeoutError } from './errors/timeout-error.ts';
import type { StreamOptions } from './options.ts';
import type { delayBefore, sleep } from './retry.ts';
import { serverSentEvents } from './server-sent-events.ts';
import type { Transport } from './transport.ts';

/** Three of the server's heartbeats. */
const SILENCE_ms = 45_000;

export interface StreamCall {
  path: string;
  query: object;
  options: StreamOptions;
}

/** Handed over rather than imported: bundlers would put what two chunks import into a third, which every page then loads. */
export interface Shared {
  ConnectionError: typeof ConnectionError;
  KoltrixError: typeof KoltrixError;
  TimeoutError: typeof TimeoutError;
  delayBefore: typeof delayBefore;
  sleep: typeof sleep;
}

/**
 * A live stream that outlives its connections: after a drop it resumes behind the last event it has seen. It connects
 * when iteration begins; leaving the loop closes the connection; an abort throws the signal's reason.
 */
export async function* liveEvents<T>(
  transport: Transport,
  call: StreamCall,
  { ConnectionError, KoltrixError, TimeoutError, delayBefore, sleep }: Shared,
): AsyncGenerator<T, void, undefined> {
  const { signal, timeout_ms = SILENCE_ms, maxRetries, lastEventId, headers } = call.options;
  let lastId = lastEventId;
  let hasStood = false;
  for (let drops = 0; ; drops++) {
    signal?.throwIfAborted();
    const connection = new AbortController();
    const hangUp = () => connection.abort(signal?.reason);
    const silent = () => connection.abort(new TimeoutError(timeout_ms));
    signal?.addEventListener('abort', hangUp);
    let failure: unknown;
    try {
      const stream = await connect(connection.signal);
      hasStood = true;
      try {
        for await (const { id, data } of serverSentEvents(chunksOf(stream, timeout_ms, silent))) {
          drops = 0;
          lastId = id || lastId;
          if (data !== undefined) yield JSON.parse(data);
        }
      } catch (error) {
        if (signal?.aborted) throw error;
        // Unlike a drop, which is mended below: what stands behind a garbled event cannot be told from a loss.
        if (error instanceof SyntaxError)
          throw new KoltrixError('An event of the stream is not JSON', { cause: error });
        failure = error;
      }
    } finally {
      signal?.removeEventListener('abort', hangUp);
      connection.abort();
    }
    if (drops >= (maxRetries ?? Number.POSITIVE_INFINITY)) {
      throw new ConnectionError('The event stream broke off', { cause: failure });
    }
    await sleep(delayBefore(drops, failure, Math.random()), signal);
  }

  async function connect(connectionSignal: AbortSignal): Promise<ReadableStream<Uint8Array>> {
    const { data } = await transport({
      path: call.path,
      query: call.query,
      format: 'stream',
      options: {
        signal: connectionSignal,
        timeout_ms,
        total_timeout_ms: Number.POSITIVE_INFINITY,
        maxRetries: maxRetries ?? (hasStood ? Number.POSITIVE_INFINITY : undefined),
        headers: { ...headers, ...(lastId && { 'last-event-id': lastId }) },
      },
    });
    return data as ReadableStream<Uint8Array>;
  }
}

/** The clock runs only while we wait for the server, not while the consumer is at work. */
async function* chunksOf(
  stream: ReadableStream<Uint8Array>,
  silence_ms: number,
  silent: () => void,
): AsyncGenerator<Uint8Array, void, undefined> {
  const reader = stream.getReader();
  for (;;) {
    const timer = setTimeout(silent, silence_ms);
    const { done, value } = await reader.read().finally(() => clearTimeout(timer));
    if (done) return;
    yield value;
  }
}
