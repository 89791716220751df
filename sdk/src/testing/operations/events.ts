import type { Behaviours } from '../context.ts';
import { streamOf } from '../event-stream.ts';
import { firstId } from '../ids.ts';
import { invalid } from '../problem.ts';
import type { World } from '../world.ts';

export const events = {
  listEvents({ world }, { query: { limit = 25, type, after } }) {
    const rest = world.events
      .slice(placeAfter(world, after, '?after'))
      .filter((event) => type === undefined || type.includes(event.type));
    const data = rest.slice(0, limit);
    return { status: 200, body: { data, next_cursor: rest.length > limit ? (data.at(-1)?.id ?? null) : null } };
  },

  streamEvents({ world, headers, signal }, { query: { type } }) {
    const last = headers.get('last-event-id') ?? world.events.at(-1)?.id ?? firstId('evt');
    const start = placeAfter(world, last, 'Last-Event-ID:');
    return { status: 200, body: streamOf(world, { types: type, last, start, signal }) };
  },
} satisfies Behaviours;

/** Where the log goes on behind an event; refuses one that is not in it. */
function placeAfter({ events: log }: World, id: string | undefined, pointer: string): number {
  if (id === undefined || id === firstId('evt')) return 0;
  const at = log.findIndex((event) => event.id === id);
  if (at < 0) {
    throw invalid({ pointer, detail: 'names no event of this account; leave it out to start at the beginning' });
  }
  return at + 1;
}
