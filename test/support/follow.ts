import type { Event } from 'koltrix';
import { Koltrix } from 'koltrix';
import { openStream } from './event-stream.ts';

/** The SDK's live stream, read into a list. */
export interface Followed {
  /** Every event since `followEvents` was called, in the order in which they came. */
  events: Event[];
  /** Ends the stream; rejects when it had ended by itself before. */
  stop(): Promise<void>;
}

/**
 * Follows from the place where the log stands now, not from "the present": that is when the server answers, and on a busy
 * machine what is sent meanwhile lies before it.
 */
export async function followEvents({ url, key }: { url: string; key: string }): Promise<Followed> {
  const get = (path: string, init?: RequestInit) =>
    fetch(`${url}/api/v2${path}`, { ...init, headers: { authorization: `Bearer ${key}` } });
  using greeting = await openStream({ fetch: get });
  const { id: lastEventId } = await greeting.next();
  const koltrix = new Koltrix({ apiKey: key, baseUrl: url });
  const events: Event[] = [];
  const ends = new AbortController();
  const reading = (async () => {
    for await (const event of koltrix.events.stream({}, { signal: ends.signal, lastEventId })) events.push(event);
  })().catch((error: unknown) => error);
  return {
    events,
    async stop() {
      ends.abort();
      const reason = await reading;
      if (reason !== ends.signal.reason) throw new Error('the stream ended by itself', { cause: reason });
    },
  };
}
