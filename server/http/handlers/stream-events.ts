import type { StreamEventsData } from '../../generated/types.gen.ts';
import { openEventStream } from '../../live/stream.ts';
import type { Handler } from '../handler.ts';

/** GET /events/stream. The stream ends when the client goes away, its key is revoked or the server stops. */
export const streamEvents: Handler<StreamEventsData, { 200: AsyncIterable<string> }> = async (
  { deps, caller, signal },
  { query, headers },
) => ({
  status: 200,
  body: await openEventStream(deps, {
    tenant_id: caller.tenant_id,
    api_key_id: caller.api_key_id,
    types: query.type,
    last_event_id: (headers as Record<string, string | undefined>)['last-event-id'],
    signal,
  }),
});
