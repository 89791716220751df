import type { Event } from '../generated/types.gen.ts';
import type { EventRow } from '../store/events.sql.ts';
import { showId } from '../store/ids.ts';

/** The public form of an event, the same in `/events`, the live stream and webhooks. */
export function presentEvent(row: EventRow): Event {
  return {
    id: showId('evt', row.id),
    type: row.type,
    created_at: row.created_at.toISOString(),
    data: {
      email_id: showId('em', row.email_id),
      message_id: showId('msg', row.message_id),
      recipient: row.recipient,
      from: row.from_header,
      subject: row.subject,
      source: row.source,
      tags: row.tags,
      metadata: row.metadata,
      ...row.detail,
    },
    // The type and its detail are written together, by `NewEvent`.
  } as Event;
}
