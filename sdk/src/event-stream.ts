import { ConnectionError } from './errors/connection-error.ts';
import { KoltrixError } from './errors/koltrix-error.ts';
import { TimeoutError } from './errors/timeout-error.ts';
import type { StreamOptions } from './options.ts';
import { delayBefore, sleep } from './retry.ts';
import { serverSentEvents } from './server-sent-events.ts';
import type { Transport } from './transport.ts';

/** Three of the server's heartbeats. */
const SILENCE_ms = 45_000;

interface StreamCall {
  path: string;
  query: object;
  options: StreamOptions;
}

/**
 * A live stream that outlives its connections: after a drop it resumes behind the last event it has seen. It connects
 * when iteration begins; leaving the loop closes the connection; an abort throws the signal's reason.
 */
export async function* eventsOf<T>(transport: Transport, call: StreamCall): AsyncGenerator<T, void, undefined> {
  const { signal, timeout_ms = SILENCE_ms, maxRetries, lastEventId, headers } = call.options;
  let lastId = lastEventId;
  let hasStood = false;
  for (let drops = 0; ; drops++) {
    signal?.throwIfAborted();
    const connection = new AbortController();
    const hangUp = () => connection.abort(signal?.reason);
    signal?.addEventListener('abort', hangUp);
    let failure: unknown;
    try {
      const stream = await connect(connection.signal);
      hasStood = true;
      try {
        for await (const { id, data } of serverSentEvents(chunksOf(stream, connection, timeout_ms))) {
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
  connection: AbortController,
  silence_ms: number,
): AsyncGenerator<Uint8Array, void, undefined> {
  const reader = stream.getReader();
  for (;;) {
    const timer = setTimeout(() => connection.abort(new TimeoutError(silence_ms)), silence_ms);
    const { done, value } = await reader.read().finally(() => clearTimeout(timer));
    if (done) return;
    yield value;
  }
}
