import type { Socket } from 'node:net';

export interface LineReader {
  /** What comes before the mark, which is taken too; undefined when the connection ends first. */
  until(mark: string): Promise<Buffer | undefined>;
  /** True once there is anything to read; false when the connection ends first. */
  some(): Promise<boolean>;
  /** Reads no more, as when the socket is handed to TLS. */
  stop(): void;
}

/** Reads a socket piece by piece; large pieces cost what they weigh. */
export function readLines(socket: Socket): LineReader {
  let store = Buffer.alloc(4_096);
  let length = 0;
  let ended = false;
  let wake = () => {};

  const onData = (chunk: Buffer) => {
    if (length + chunk.length > store.length) {
      const larger = Buffer.alloc((length + chunk.length) * 2);
      store.copy(larger, 0, 0, length);
      store = larger;
    }
    chunk.copy(store, length);
    length += chunk.length;
    wake();
  };
  socket.on('data', onData);
  socket.on('close', () => {
    ended = true;
    wake();
  });
  const more = () =>
    new Promise<void>((resolve) => {
      wake = resolve;
    });

  return {
    async until(mark) {
      for (let searched = 0; ; ) {
        const at = store.subarray(0, length).indexOf(mark, Math.max(0, searched - mark.length));
        if (at >= 0) {
          const piece = Buffer.from(store.subarray(0, at));
          store.copy(store, 0, at + mark.length, length);
          length -= at + mark.length;
          return piece;
        }
        if (ended) return undefined;
        searched = length;
        await more();
      }
    },
    async some() {
      while (!length && !ended) await more();
      return length > 0;
    },
    stop() {
      socket.removeListener('data', onData);
    },
  };
}
