/** What every call takes as its last argument. */
export interface RequestOptions {
  /** Aborts the call, its retries and its waits. The call then rejects with the signal's reason, as `fetch` does. */
  signal?: AbortSignal | undefined;
  /** The time limit of each attempt, from the first byte of the request to the last one of the answer. */
  timeout_ms?: number | undefined;
  /** The time limit of the whole call: every attempt and every wait between them. */
  total_timeout_ms?: number | undefined;
  /** How many times a failed attempt is repeated; 0 for never. */
  maxRetries?: number | undefined;
  /** Further headers, by name. */
  headers?: Record<string, string> | undefined;
}

/** What a call that creates something takes. */
export interface KeyedRequestOptions extends RequestOptions {
  /**
   * Your name for this one logical request: 1–255 visible ASCII characters. Without it each call gets a random one,
   * so its own retries can never act twice; with it, neither can a repeat after your process has died.
   */
  idempotencyKey?: string | undefined;
}

/** What a live stream takes. */
export interface StreamOptions extends RequestOptions {
  /** Start behind this event rather than at the present. */
  lastEventId?: string | undefined;
  /** The longest silence, heartbeats counted, before the connection is taken for dead and made anew: 45 s. */
  timeout_ms?: number | undefined;
  /**
   * How many connections may fail in a row. By default the first one has as many tries as any call, and after it has
   * stood once the stream reconnects for as long as it takes.
   */
  maxRetries?: number | undefined;
}

/**
 * A raw message: text (sent as UTF-8), bytes, or a stream of bytes, such as Node's `Readable`. A stream cannot be sent
 * again once an attempt has begun to read it, so such a call is not retried after that.
 */
export type RawMessage = string | Uint8Array | Blob | ReadableStream<Uint8Array> | AsyncIterable<Uint8Array>;
