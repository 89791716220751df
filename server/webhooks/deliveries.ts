import { notFound, Refusal } from '../errors/refusal.ts';
import type { EventType, WebhookDelivery, WebhookDeliveryState } from '../generated/types.gen.ts';
import type { Queryable } from '../store/database.ts';
import type { Hints } from '../store/hints.ts';
import { readId } from '../store/ids.ts';
import * as store from '../store/webhook-deliveries.sql.ts';
import type { EndpointRow } from '../store/webhook-endpoints.sql.ts';
import { findEndpoint } from './endpoints.ts';
import { presentDelivery } from './present.ts';
import { sampleEvent } from './sample-event.ts';

interface DeliveryDeps {
  db: Queryable;
  hints: Pick<Hints, 'give'>;
  now(): Date;
  newId(): string;
}

const ALL_STATES = ['pending', 'delivered', 'exhausted'] as const satisfies readonly WebhookDeliveryState[];

export interface DeliveryQuery {
  state: WebhookDeliveryState | undefined;
  /** Only those older than this one (a uuid). */
  before: string | undefined;
  limit: number;
}

/** Newest first, each with its attempts. Refuses: `not-found` (the endpoint). */
export async function listDeliveries(
  { db }: Pick<DeliveryDeps, 'db'>,
  tenant_id: string,
  shown_endpoint_id: string,
  { state, before, limit }: DeliveryQuery,
): Promise<store.DeliveryRow[]> {
  const endpoint = await findEndpoint(db, tenant_id, shown_endpoint_id);
  return store.listDeliveries(db, tenant_id, endpoint.id, { states: state ? [state] : ALL_STATES, before, limit });
}

/**
 * Sends a sample event to one endpoint, whatever types it asks for. Runs in the caller's transaction; give the hint
 * `webhooks` when that has committed. Refuses: `not-found`, `invalid-state` (disabled).
 */
export async function sendTest(
  { now, newId }: Pick<DeliveryDeps, 'now' | 'newId'>,
  tx: Queryable,
  tenant_id: string,
  shown_endpoint_id: string,
  type: EventType,
): Promise<WebhookDelivery> {
  const endpoint = requireEnabled(await findEndpoint(tx, tenant_id, shown_endpoint_id));
  const at = now();
  const id = newId();
  const event_id = newId();
  const payload = JSON.stringify(sampleEvent(type, { id: event_id, now: at, newId }));
  await store.insertTest(tx, { id, tenant_id, endpoint_id: endpoint.id, event_id, event_type: type, payload, now: at });
  return show(tx, tenant_id, endpoint.id, id);
}

/** Due now, with a fresh schedule, whatever its state. Refuses: `not-found`, `invalid-state` (endpoint disabled). */
export async function retryDelivery(
  { db, hints, now }: Pick<DeliveryDeps, 'db' | 'hints' | 'now'>,
  tenant_id: string,
  shown_endpoint_id: string,
  shown_id: string,
): Promise<WebhookDelivery> {
  const endpoint = await findEndpoint(db, tenant_id, shown_endpoint_id);
  const id = readId('whd', shown_id);
  if (id === undefined || !(await store.getDelivery(db, tenant_id, endpoint.id, id)))
    throw notFound('webhook delivery');
  requireEnabled(endpoint);
  await store.makeDue(db, tenant_id, endpoint.id, id, now());
  const delivery = await show(db, tenant_id, endpoint.id, id);
  hints.give('webhooks');
  return delivery;
}

async function show(db: Queryable, tenant_id: string, endpoint_id: string, id: string): Promise<WebhookDelivery> {
  const row = await store.getDelivery(db, tenant_id, endpoint_id, id);
  if (!row) throw notFound('webhook delivery');
  return presentDelivery(row);
}

function requireEnabled(endpoint: EndpointRow): EndpointRow {
  if (endpoint.state === 'enabled') return endpoint;
  throw new Refusal('invalid-state', `The endpoint is disabled (${endpoint.disabled_reason}); enable it first.`);
}
