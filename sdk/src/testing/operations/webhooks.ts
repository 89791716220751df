import type { Webhook } from '../../generated/types.gen.ts';
import { type Behaviours, createOnce } from '../context.ts';
import { fakeEvent } from '../fake-event.ts';
import { newestFirst } from '../page.ts';
import { invalid, notFound, Refusal } from '../problem.ts';
import { fakeWebhookSecret } from '../sign-webhook.ts';
import { exhaustOf, makeDue, planDelivery } from '../webhook-deliveries.ts';
import { faultOfUrl } from '../webhook-url.ts';
import type { WebhookRecord, World } from '../world.ts';

const MAX_ENDPOINTS = 50;
const MAX_SECRETS = 10;
const DAY_ms = 24 * 3_600_000;

export const webhooks = {
  listWebhooks({ world }, { query }) {
    return {
      status: 200,
      body: newestFirst(
        [...world.webhooks.values()].map(({ webhook }) => webhook),
        query,
      ),
    };
  },

  createWebhook(context, { body: { url, description = null, event_types = null } }) {
    const { world } = context;
    return createOnce(context, () => {
      requireUrl(url);
      if (world.webhooks.size >= MAX_ENDPOINTS) {
        throw new Refusal('invalid-state', `There are ${MAX_ENDPOINTS} webhook endpoints already; delete one first.`);
      }
      const now = world.clock.now().toISOString();
      const webhook: Webhook = {
        id: world.newId('wh'),
        url,
        description,
        event_types,
        ...ENABLED,
        created_at: now,
        updated_at: now,
      };
      const secret = fakeWebhookSecret();
      world.webhooks.set(webhook.id, { webhook, secret, previous: [] });
      return { status: 201, body: { ...webhook, secret } };
    });
  },

  getWebhook: ({ world }, { path }) => ({ status: 200, body: { ...find(world, path.webhook_id).webhook } }),

  updateWebhook({ world }, { path, body: { url, description, event_types, state } }) {
    if (url !== undefined) requireUrl(url);
    const { webhook } = find(world, path.webhook_id);
    const now = world.clock.now().toISOString();
    if (url !== undefined) webhook.url = url;
    if (description !== undefined) webhook.description = description;
    if (event_types !== undefined) webhook.event_types = event_types;
    webhook.updated_at = now;
    if (state === 'enabled') Object.assign(webhook, ENABLED);
    if (state === 'disabled' && webhook.state === 'enabled') {
      Object.assign(webhook, { state, disabled_reason: 'manual', disabled_at: now });
    }
    if (webhook.state === 'disabled') exhaustOf(world, webhook.id);
    return { status: 200, body: { ...webhook } };
  },

  deleteWebhook({ world }, { path }) {
    const { webhook } = find(world, path.webhook_id);
    world.webhooks.delete(webhook.id);
    for (const { delivery } of world.deliveries.values()) {
      if (delivery.webhook_id === webhook.id) world.deliveries.delete(delivery.id);
    }
    return { status: 204 };
  },

  rotateWebhookSecret: (context, { path }) =>
    createOnce(context, () => {
      const record = find(context.world, path.webhook_id);
      const now = context.world.clock.now();
      const expires_at = new Date(now.getTime() + DAY_ms);
      const signing = record.previous.filter((p) => p.expires_at > now);
      if (signing.length + 1 >= MAX_SECRETS) {
        throw new Refusal(
          'invalid-state',
          `${MAX_SECRETS} secrets sign for this endpoint; wait until the oldest has expired.`,
        );
      }
      record.previous = [{ secret: record.secret, expires_at }, ...signing];
      record.secret = fakeWebhookSecret();
      record.webhook.updated_at = now.toISOString();
      return { status: 201, body: { secret: record.secret, previous_secret_expires_at: expires_at.toISOString() } };
    }),

  testWebhook(context, { path, body }) {
    const { world } = context;
    return createOnce(context, () => {
      const { webhook } = requireEnabled(find(world, path.webhook_id));
      const event = fakeEvent(body?.type ?? 'email.delivered', { subject: 'A test of your webhook' } as object, {
        created_at: world.clock.now(),
      });
      const { delivery } = planDelivery(world, webhook.id, event, { test: true });
      return { status: 202, body: structuredClone(delivery) };
    });
  },

  listWebhookDeliveries({ world }, { path, query }) {
    find(world, path.webhook_id);
    const deliveries = [...world.deliveries.values()]
      .map(({ delivery }) => delivery)
      .filter((delivery) => delivery.webhook_id === path.webhook_id)
      .filter((delivery) => query.state === undefined || delivery.state === query.state);
    return { status: 200, body: newestFirst(deliveries, query) };
  },

  retryWebhookDelivery({ world }, { path }) {
    const webhook = find(world, path.webhook_id);
    const record = world.deliveries.get(path.delivery_id);
    if (record?.delivery.webhook_id !== path.webhook_id) throw notFound('webhook delivery');
    requireEnabled(webhook);
    makeDue(world, record);
    return { status: 202, body: structuredClone(record.delivery) };
  },
} satisfies Behaviours;

const ENABLED = {
  state: 'enabled',
  disabled_reason: null,
  disabled_at: null,
  failing_since: null,
  last_failure: null,
} as const;

function requireUrl(url: string): void {
  const detail = faultOfUrl(url);
  if (detail) throw invalid({ pointer: '/url', detail });
}

function find(world: World, id: string): WebhookRecord {
  const record = world.webhooks.get(id);
  if (!record) throw notFound('webhook endpoint');
  return record;
}

function requireEnabled(record: WebhookRecord): WebhookRecord {
  const { state, disabled_reason } = record.webhook;
  if (state === 'enabled') return record;
  throw new Refusal('invalid-state', `The endpoint is disabled (${disabled_reason}); enable it first.`);
}
