import type { EventDetails } from '../events/catalogue.ts';
import { presentEvent } from '../events/present.ts';
import type { Event, EventType } from '../generated/types.gen.ts';

interface SampleOptions {
  /** The uuid of the event. */
  id: string;
  now: Date;
  newId(): string;
}

/** A made-up event of a type, complete as real ones are, about a message that does not exist. */
export function sampleEvent(type: EventType, { id, now, newId }: SampleOptions): Event {
  return presentEvent({
    id,
    type,
    created_at: now,
    detail: sampleDetails(now)[type] ?? null,
    email_id: newId(),
    message_id: newId(),
    recipient: 'ada@example.com',
    from_header: 'Acme <hello@acme.example>',
    subject: 'A test of your webhook',
    source: 'rest',
    tags: {},
    metadata: {},
  });
}

function sampleDetails(now: Date): EventDetails {
  const later = new Date(now.getTime() + 3_600_000).toISOString();
  const delivery = {
    host: 'mx.example.com',
    attempt: 1,
    smtp_code: 250,
    enhanced_code: '2.0.0',
    response: '250 2.0.0 OK',
  };
  const bounce = {
    class: 'hard',
    smtp_code: 550,
    enhanced_code: '5.1.1',
    diagnostic: '550 5.1.1 No such user',
  } as const;
  return {
    'email.scheduled': { schedule: { scheduled_at: later } },
    'email.queued': undefined,
    'email.sent': { delivery },
    'email.delivered': { delivery },
    'email.delivery_delayed': {
      delay: {
        attempt: 1,
        retry_at: later,
        class: 'soft',
        smtp_code: 451,
        enhanced_code: '4.7.1',
        diagnostic: '451 4.7.1 Try again later',
      },
    },
    'email.bounced': { bounce },
    'email.failed': { failure: { reason: 'expired', diagnostic: '451 4.7.1 Try again later' } },
    'email.suppressed': { suppression: { reason: 'hard', expires_at: null } },
    'email.canceled': undefined,
    'email.opened': { open: { machine: false, user_agent: 'Mozilla/5.0' } },
    'email.clicked': { click: { url: 'https://acme.example/welcome', machine: false, user_agent: 'Mozilla/5.0' } },
    'email.complained': { complaint: { feedback_type: 'abuse' } },
    'email.unsubscribed': { unsubscribe: { method: 'one-click', topic: null } },
  };
}
