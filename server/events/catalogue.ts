import type {
  Bounce,
  Click,
  Complaint,
  Delay,
  EventType,
  Failure,
  Handover,
  Open,
  Schedule,
  SuppressionHit,
  Unsubscribe,
} from '../generated/types.gen.ts';

/** What each type of event says beyond what all of them do; the key is its name in the event's `data`. */
export interface EventDetails {
  'email.scheduled': { schedule: Schedule };
  'email.queued': undefined;
  'email.sent': { delivery: Handover };
  'email.delivered': { delivery: Handover };
  'email.delivery_delayed': { delay: Delay };
  'email.bounced': { bounce: Bounce };
  'email.failed': { failure: Failure };
  'email.suppressed': { suppression: SuppressionHit };
  'email.canceled': undefined;
  'email.opened': { open: Open };
  'email.clicked': { click: Click };
  'email.complained': { complaint: Complaint };
  'email.unsubscribed': { unsubscribe: Unsubscribe };
}

/** An event about to be written; message, time and order come from its place. */
export type NewEvent = {
  [Type in EventType]: { type: Type; detail: EventDetails[Type] };
}[EventType];

export const eventTypes = [
  'email.scheduled',
  'email.queued',
  'email.sent',
  'email.delivered',
  'email.delivery_delayed',
  'email.bounced',
  'email.failed',
  'email.suppressed',
  'email.canceled',
  'email.opened',
  'email.clicked',
  'email.complained',
  'email.unsubscribed',
] as const satisfies readonly EventType[];
