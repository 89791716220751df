/** A request's body: made anew for each attempt, as long as that is possible. */
export interface Body {
  /** What `fetch` is given for one attempt. */
  forAttempt: () => { body?: BodyInit; duplex?: 'half' };
  /** False once a part of a stream has been read: it cannot be sent again. */
  isReplayable: () => boolean;
  /** Lets go of a stream that nobody is going to read any more. */
  discard: (reason: unknown) => void;
}

/** JSON, except for what is a raw message already. It is written once, so every attempt sends the same. */
export function bodyOf(value: unknown, isRaw: boolean): Body {
  if (isRaw && isStreaming(value)) return streaming(readerOf(value));
  const body = (isRaw ? value : JSON.stringify(value)) as BodyInit | undefined;
  return { forAttempt: () => (body === undefined ? {} : { body }), isReplayable: () => true, discard: () => {} };
}

type Streaming = ReadableStream<Uint8Array> | AsyncIterable<Uint8Array>;

export const isStreaming = (value: unknown): value is Streaming =>
  value instanceof ReadableStream || (typeof value === 'object' && value !== null && Symbol.asyncIterator in value);

interface Reader {
  read: () => Promise<{ done?: boolean | undefined; value?: Uint8Array | undefined }>;
  cancel: (reason: unknown) => Promise<unknown>;
}

/** Not every browser can iterate over a `ReadableStream`, so it is read in its own way. */
export function readerOf(source: Streaming): Reader {
  if (source instanceof ReadableStream) return source.getReader();
  const iterator = source[Symbol.asyncIterator]();
  return { read: () => iterator.next(), cancel: async () => iterator.return?.() };
}

/** Hands the source on without reading ahead, so that we know whether an attempt has touched it. */
function streaming(reader: Reader): Body {
  let isTouched = false;
  let dropped: { reason: unknown } | undefined;
  const relayed = () =>
    new ReadableStream<Uint8Array>(
      {
        async pull(controller) {
          isTouched = true;
          const { done, value } = await reader.read();
          // Canceling makes the source look finished; half a message must never pass for a whole one.
          if (dropped) controller.error(dropped.reason);
          else if (done) controller.close();
          else controller.enqueue(value as Uint8Array);
        },
        cancel: (reason) => (isTouched ? reader.cancel(reason).then(() => {}) : undefined),
      },
      { highWaterMark: 0 },
    );
  return {
    forAttempt: () => ({ body: relayed(), duplex: 'half' }),
    isReplayable: () => !isTouched,
    discard: (reason) => {
      dropped = { reason };
      reader.cancel(reason).catch(() => {});
    },
  };
}
