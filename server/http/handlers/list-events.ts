import { readEvents } from '../../events/feed.ts';
import { presentEvent } from '../../events/present.ts';
import type { ListEventsData, ListEventsResponses } from '../../generated/types.gen.ts';
import { showId } from '../../store/ids.ts';
import type { Handler } from '../handler.ts';

export const listEvents: Handler<ListEventsData, ListEventsResponses> = async ({ deps, caller }, { query }) => {
  const { limit = 25, type, after } = query;
  const rows = await readEvents(deps.db, caller.tenant_id, { types: type, after, limit: limit + 1, pointer: '?after' });
  const shown = rows.slice(0, limit);
  const last = shown.at(-1);
  return {
    status: 200,
    body: { data: shown.map(presentEvent), next_cursor: rows.length > limit && last ? showId('evt', last.id) : null },
  };
};
