import type { NewEvent } from '../events/catalogue.ts';
import type { Handover } from '../generated/types.gen.ts';
import { canonicalAddress } from '../mail/address.ts';
import type { Lease } from '../store/outbound-leases.sql.ts';
import type { Settlement } from '../store/settlements.sql.ts';
import { nextContact, nextTry } from './backoff.ts';
import { classify, suppressedUntil } from './classify.ts';
import type { Route } from './route.ts';
import type { Conversation } from './transport.ts';

export interface ConcludeContext {
  worker: string;
  now: Date;
  /** 0 ≤ x < 1. */
  random: number;
  newId(): string;
}

/** The message never reached a conversation: it could not be built, or this installation will not send it. */
export function rejected(
  lease: Lease,
  reason: 'rendering' | 'policy',
  diagnostic: string,
  context: ConcludeContext,
): Settlement {
  return {
    message_id: lease.id,
    worker: context.worker,
    attempt: lease.attempt,
    status: 'failed',
    due_at: null,
    spends_try: true,
    record: {
      started_at: context.now,
      duration_ms: 0,
      host: null,
      remote_address: null,
      source_address: null,
      tls: null,
      outcome: 'refused',
      smtp_code: null,
      enhanced_code: null,
      reply: diagnostic,
    },
    events: [{ id: context.newId(), type: 'email.failed', detail: { failure: { reason, diagnostic } } }],
    suppression: undefined,
  };
}

type Outcome = Pick<Settlement, 'status' | 'due_at' | 'spends_try'> & {
  outcome: Settlement['record']['outcome'];
  events: NewEvent[];
  suppression?: Settlement['suppression'];
};

/** What a conversation means for its message. Pure: the same reply at the same time gives the same settlement. */
export function conclude(lease: Lease, route: Route, conversation: Conversation, context: ConcludeContext): Settlement {
  const { outcome, events, suppression, ...next } = outcomeOf(lease, route, conversation, context);
  const { reply, host, remote_address, source_address, tls, started_at, duration_ms } = conversation;
  return {
    message_id: lease.id,
    worker: context.worker,
    attempt: lease.attempt,
    ...next,
    record: {
      started_at,
      duration_ms,
      host,
      remote_address,
      source_address,
      tls,
      outcome,
      smtp_code: reply.smtp_code,
      enhanced_code: reply.enhanced_code,
      reply: reply.text,
    },
    events: events.map((event) => ({ ...event, id: context.newId() })),
    suppression,
  };
}

function outcomeOf(lease: Lease, route: Route, conversation: Conversation, context: ConcludeContext): Outcome {
  if (conversation.outcome === 'accepted') return accepted(lease, route, conversation);
  if (conversation.outcome === 'unsendable') return unsendable(conversation);
  if (conversation.outcome === 'refused' && classify(conversation.reply).permanent)
    return bounced(lease, conversation, context);
  return deferred(lease, route, conversation, context);
}

function accepted(lease: Lease, { is_final }: Route, { reply, host }: Conversation): Outcome {
  const delivery: Handover = {
    host: host ?? '',
    attempt: lease.attempt,
    smtp_code: reply.smtp_code ?? 250,
    enhanced_code: reply.enhanced_code,
    response: reply.text,
  };
  const sent: NewEvent = { type: 'email.sent', detail: { delivery } };
  const delivered: NewEvent = { type: 'email.delivered', detail: { delivery } };
  return {
    outcome: 'accepted',
    status: is_final ? 'delivered' : 'sent',
    due_at: null,
    spends_try: true,
    events: is_final ? [sent, delivered] : [sent],
  };
}

/** No verdict on the address: this server cannot take such a message, nor will it later. */
function unsendable({ reply }: Conversation): Outcome {
  return {
    outcome: 'refused',
    status: 'failed',
    due_at: null,
    spends_try: true,
    events: [{ type: 'email.failed', detail: { failure: { reason: 'policy', diagnostic: reply.text } } }],
  };
}

/** Every 5xx suppresses; only a verdict on the address itself does so for good. */
function bounced(lease: Lease, { reply }: Conversation, { now }: ConcludeContext): Outcome {
  const { class: reason } = classify(reply);
  const bounce = {
    class: reason,
    smtp_code: reply.smtp_code,
    enhanced_code: reply.enhanced_code,
    diagnostic: reply.text,
  };
  return {
    outcome: 'refused',
    status: 'bounced',
    due_at: null,
    spends_try: true,
    events: [{ type: 'email.bounced', detail: { bounce } }],
    suppression: { reason, address: canonicalAddress(lease.recipient), expires_at: suppressedUntil(reason, now) },
  };
}

function deferred(lease: Lease, { schedule }: Route, conversation: Conversation, context: ConcludeContext): Outcome {
  const { reply } = conversation;
  const { now, random } = context;
  const unreachable = conversation.outcome === 'unreachable';
  const retry_at = unreachable
    ? nextContact({ queued_at: lease.queued_at, now, random })
    : nextTry({ schedule, tries: lease.tries + 1, now, random });
  const outcome = conversation.outcome === 'refused' ? 'deferred' : conversation.outcome;
  if (!retry_at) {
    return {
      outcome: outcome as Outcome['outcome'],
      status: 'failed',
      due_at: null,
      spends_try: !unreachable,
      events: [{ type: 'email.failed', detail: { failure: { reason: 'expired', diagnostic: reply.text } } }],
    };
  }
  const delay = {
    attempt: lease.attempt,
    retry_at: retry_at.toISOString(),
    class: classify(reply).class,
    smtp_code: reply.smtp_code,
    enhanced_code: reply.enhanced_code,
    diagnostic: reply.text,
  };
  return {
    outcome: outcome as Outcome['outcome'],
    status: 'queued',
    due_at: retry_at,
    spends_try: !unreachable,
    events: [{ type: 'email.delivery_delayed', detail: { delay } }],
  };
}
