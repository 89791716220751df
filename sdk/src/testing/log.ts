import type { Event, EventData, EventType } from '../generated/types.gen.ts';
import { planDelivery } from './webhook-deliveries.ts';
import type { EmailRecord, MessageRecord, World } from './world.ts';

/** What an event of a type says beside what all of them say. */
export type DetailOf<Type extends EventType> = Omit<Extract<Event, { type: Type }>['data'], keyof EventData>;

/** Appends an event to the log, and a delivery for each webhook that wants it. */
export function append<Type extends EventType>(
  world: World,
  { email }: EmailRecord,
  message: MessageRecord,
  type: Type,
  detail: DetailOf<Type>,
): Event {
  const event = {
    id: world.newId('evt'),
    type,
    created_at: world.clock.now().toISOString(),
    data: {
      email_id: email.id,
      message_id: message.id,
      recipient: message.recipient,
      from: email.from,
      subject: email.subject,
      source: email.source,
      tags: email.tags,
      metadata: email.metadata,
      ...detail,
    },
  } as unknown as Event;
  world.events.push(event);
  for (const { webhook } of world.webhooks.values()) {
    const wants = webhook.state === 'enabled' && (webhook.event_types?.includes(type) ?? true);
    if (wants) planDelivery(world, webhook.id, event, { test: false });
  }
  return event;
}
