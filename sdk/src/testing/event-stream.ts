import type { Event, EventType } from '../generated/types.gen.ts';
import type { World } from './world.ts';

interface StreamOptions {
  types: readonly EventType[] | undefined;
  /** The id of the event behind which it starts. */
  last: string;
  /** The place in the log of the first event to send. */
  start: number;
  /** Ends the stream. */
  signal: AbortSignal;
}

const HEARTBEAT_ms = 15_000;

/** The log as server-sent events, from a place on, for as long as somebody reads. */
export function streamOf(world: World, { types, last, start, signal }: StreamOptions): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder();
  let stop = () => {};
  return new ReadableStream<Uint8Array>({
    start(controller) {
      let next = start;
      const write = (text: string) => controller.enqueue(encoder.encode(text));
      const send = () => {
        for (; next < world.events.length; next++) {
          const event = world.events[next] as Event;
          if (types?.includes(event.type) ?? true) write(blockOf(event));
        }
      };
      write(`: connected\nretry: 1000\nid: ${last}\n\n`);
      send();
      const leave = world.onChange(send);
      const heart = setInterval(() => write(': heartbeat\n\n'), HEARTBEAT_ms);
      const end = () => {
        stop();
        controller.close();
      };
      stop = () => {
        leave();
        clearInterval(heart);
        signal.removeEventListener('abort', end);
        stop = () => {};
      };
      signal.addEventListener('abort', end, { once: true });
    },
    cancel: () => stop(),
  });
}

function blockOf(event: Event): string {
  return `id: ${event.id}\nevent: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`;
}
