import type { Readable } from 'node:stream';

/** Where the bytes of a message go once it is not to be kept whole. */
export interface Sink {
  take(chunk: Buffer): void;
  /** The message is complete. */
  finish(): void;
  /** It never will be. */
  breakOff(reason: string): void;
}

/** How much of a streamed body may wait for the API before the client is made to wait. */
const max_queued_bytes = 65_536;

/**
 * A body that goes to the API while its client still sends: `start`, and what `sink` takes from then on.
 *
 * @param data - where the chunks come from; paused while the API is slower
 * @param unwanted - called when the API has answered before the end, so that the rest is of no use
 */
export function streamBody(
  start: Buffer,
  data: Pick<Readable, 'pause' | 'resume'>,
  unwanted: () => void,
): { body: ReadableStream<Uint8Array>; sink: Sink } {
  let queue!: ReadableStreamDefaultController<Uint8Array>;
  const body = new ReadableStream<Uint8Array>(
    {
      start(controller) {
        queue = controller;
        queue.enqueue(start);
      },
      pull() {
        data.resume();
      },
      cancel: unwanted,
    },
    { highWaterMark: max_queued_bytes, size: (chunk) => chunk.byteLength },
  );
  const sink: Sink = {
    take(chunk) {
      queue.enqueue(chunk);
      if ((queue.desiredSize ?? 0) <= 0) data.pause();
    },
    finish: () => queue.close(),
    breakOff: (reason) => queue.error(new Error(reason)),
  };
  return { body, sink };
}
