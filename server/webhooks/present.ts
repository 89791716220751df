import type { Webhook, WebhookDelivery } from '../generated/types.gen.ts';
import { showId } from '../store/ids.ts';
import type { DeliveryRow } from '../store/webhook-deliveries.sql.ts';
import type { EndpointRow } from '../store/webhook-endpoints.sql.ts';

export function presentEndpoint(row: EndpointRow): Webhook {
  return {
    id: showId('wh', row.id),
    url: row.url,
    description: row.description,
    event_types: row.event_types,
    state: row.state,
    disabled_reason: row.disabled_reason,
    disabled_at: row.disabled_at?.toISOString() ?? null,
    failing_since: row.failing_since?.toISOString() ?? null,
    last_failure: row.last_failure,
    created_at: row.created_at.toISOString(),
    updated_at: row.updated_at.toISOString(),
  };
}

export function presentDelivery(row: DeliveryRow): WebhookDelivery {
  return {
    id: showId('whd', row.id),
    webhook_id: showId('wh', row.endpoint_id),
    event_id: showId('evt', row.event_id),
    event_type: row.event_type,
    test: row.test,
    state: row.state,
    attempts: row.attempts.map((attempt) => ({ ...attempt, started_at: new Date(attempt.started_at).toISOString() })),
    next_attempt_at: row.due_at?.toISOString() ?? null,
    created_at: row.created_at.toISOString(),
  };
}
