import { randomBytes } from 'node:crypto';
import { invalid, notFound, Refusal } from '../errors/refusal.ts';
import type { CreatedWebhook, CreateWebhook, RotatedSecret, UpdateWebhook, Webhook } from '../generated/types.gen.ts';
import type { Queryable } from '../store/database.ts';
import { readId } from '../store/ids.ts';
import type { Seal } from '../store/seal.ts';
import { exhaustOfDisabled } from '../store/webhook-deliveries.sql.ts';
import * as store from '../store/webhook-endpoints.sql.ts';
import { faultOfUrl } from './guard-url.ts';
import type { WebhookPolicy } from './policy.ts';
import { presentEndpoint } from './present.ts';
import { newSecret } from './sign.ts';

export const MAX_ENDPOINTS = 50;
/** Signatures of one request: each costs 48 bytes of its header. */
const MAX_SECRETS = 10;
const ROTATION_MS = 24 * 3_600_000;
const EXHAUST_AT_ONCE = 10_000;

interface EndpointDeps {
  db: Queryable;
  seal: Pick<Seal, 'seal'>;
  webhookPolicy: WebhookPolicy;
  now(): Date;
  newId(): string;
}

/** Runs in the caller's transaction. Refuses: `invalid-request` (the URL), `invalid-state` (the tenant has 50). */
export async function createEndpoint(
  deps: Pick<EndpointDeps, 'seal' | 'webhookPolicy' | 'now' | 'newId'>,
  tx: Queryable,
  tenant_id: string,
  { url, description = null, event_types = null }: CreateWebhook,
): Promise<CreatedWebhook> {
  requireUrl(url, deps.webhookPolicy);
  const secret = newSecret(randomBytes);
  const sealed = deps.seal.seal(secret);
  await store.lockTenant(tx, tenant_id);
  const row = await store.insertEndpoint(
    tx,
    { id: deps.newId(), tenant_id, url, description, event_types, secret: sealed, now: deps.now() },
    MAX_ENDPOINTS,
  );
  if (!row)
    throw new Refusal('invalid-state', `There are ${MAX_ENDPOINTS} webhook endpoints already; delete one first.`);
  return { ...presentEndpoint(row), secret };
}

/** Newest first, those older than `before` (a uuid). */
export function listEndpoints(
  { db }: Pick<EndpointDeps, 'db'>,
  tenant_id: string,
  before: string | undefined,
  limit: number,
): Promise<store.EndpointRow[]> {
  return store.listEndpoints(db, tenant_id, before, limit);
}

export async function getEndpoint(
  { db }: Pick<EndpointDeps, 'db'>,
  tenant_id: string,
  shown_id: string,
): Promise<Webhook> {
  return presentEndpoint(await findEndpoint(db, tenant_id, shown_id));
}

/** Enabling forgets failures; disabling ends what is pending. Refuses: `not-found`, `invalid-request` (the URL). */
export async function updateEndpoint(
  deps: Pick<EndpointDeps, 'db' | 'webhookPolicy' | 'now'>,
  tenant_id: string,
  shown_id: string,
  { url, description, event_types, state }: UpdateWebhook,
): Promise<Webhook> {
  if (url !== undefined) requireUrl(url, deps.webhookPolicy);
  const changes = { url, description, event_types, state };
  const row = await store.updateEndpoint(deps.db, tenant_id, idOf(shown_id), changes, deps.now());
  if (!row) throw notFound('webhook endpoint');
  if (row.state === 'disabled') await exhaustOfDisabled(deps.db, row.id, deps.now(), EXHAUST_AT_ONCE);
  return presentEndpoint(row);
}

export async function deleteEndpoint(
  { db }: Pick<EndpointDeps, 'db'>,
  tenant_id: string,
  shown_id: string,
): Promise<void> {
  if (!(await store.deleteEndpoint(db, tenant_id, idOf(shown_id)))) throw notFound('webhook endpoint');
}

/**
 * Runs in the caller's transaction. For 24 hours the old secret signs beside the new one, and so does each that was replaced
 * before it, to its own end. Refuses: `not-found`, `invalid-state` (ten sign already).
 */
export async function rotateSecret(
  deps: Pick<EndpointDeps, 'seal' | 'now'>,
  tx: Queryable,
  tenant_id: string,
  shown_id: string,
): Promise<RotatedSecret> {
  const secret = newSecret(randomBytes);
  const now = deps.now();
  const expires_at = new Date(now.getTime() + ROTATION_MS);
  const { id } = await findEndpoint(tx, tenant_id, shown_id);
  const limit = MAX_SECRETS - 1;
  if (!(await store.replaceSecret(tx, tenant_id, id, deps.seal.seal(secret), { expires_at, limit, now })))
    throw new Refusal(
      'invalid-state',
      `${MAX_SECRETS} secrets sign for this endpoint; wait until the oldest has expired.`,
    );
  return { secret, previous_secret_expires_at: expires_at.toISOString() };
}

/** The tenant's endpoint with a shown id; `not-found` for another tenant's too. */
export async function findEndpoint(db: Queryable, tenant_id: string, shown_id: string): Promise<store.EndpointRow> {
  const row = await store.getEndpoint(db, tenant_id, idOf(shown_id));
  if (!row) throw notFound('webhook endpoint');
  return row;
}

function idOf(shown_id: string): string {
  const id = readId('wh', shown_id);
  if (id === undefined) throw notFound('webhook endpoint');
  return id;
}

function requireUrl(url: string, policy: WebhookPolicy): void {
  const fault = faultOfUrl(url, policy);
  if (fault) throw invalid({ pointer: '/url', detail: fault });
}
