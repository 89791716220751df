import type { Event } from 'koltrix';
import type { Tenant } from './tenant.ts';

/** One block of a `text/event-stream`, as it stood on the wire. */
export interface Block {
  id: string | undefined;
  event: string | undefined;
  retry: string | undefined;
  comment: string | undefined;
  data: Event | undefined;
}

export interface OpenStream extends AsyncIterable<Block>, Disposable {
  response: Response;
  /** The next block, whatever it is. */
  next(): Promise<Block>;
  /** The next block with data. */
  nextEvent(): Promise<Event>;
}

/** GET /events/stream, read by hand. Disposing drops the connection, wherever it stands. */
export async function openStream(
  acme: Pick<Tenant, 'fetch'>,
  { last_event_id, query = '' }: { last_event_id?: string | undefined; query?: string } = {},
): Promise<OpenStream> {
  const controller = new AbortController();
  const response = await acme.fetch(`/events/stream${query}`, {
    headers: last_event_id === undefined ? {} : { 'last-event-id': last_event_id },
    signal: controller.signal,
  });
  const blocks = blocksOf(response);
  const next = async () => {
    const { done, value } = await blocks.next();
    if (done) throw new Error('the stream has ended');
    return value;
  };
  return {
    response,
    next,
    async nextEvent() {
      for (;;) {
        const { data } = await next();
        if (data) return data;
      }
    },
    [Symbol.asyncIterator]: () => blocks,
    [Symbol.dispose]: () => controller.abort(),
  };
}

async function* blocksOf(response: Response): AsyncGenerator<Block, void, undefined> {
  const decoder = new TextDecoder();
  let text = '';
  for await (const chunk of response.body ?? []) {
    const parts = (text + decoder.decode(chunk, { stream: true })).split('\n\n');
    text = parts.pop() ?? '';
    for (const part of parts) yield blockOf(part);
  }
}

function blockOf(part: string): Block {
  const fields = Object.fromEntries(
    part.split('\n').map((line) => {
      const colon = line.indexOf(':');
      return [line.slice(0, colon) || 'comment', line.slice(colon + 1).trimStart()];
    }),
  );
  const { id, event, retry, comment, data } = fields;
  return { id, event, retry, comment, data: data === undefined ? undefined : JSON.parse(data) };
}
