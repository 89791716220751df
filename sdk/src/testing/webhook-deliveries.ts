import type { Event } from '../generated/types.gen.ts';
import { signWebhook } from './sign-webhook.ts';
import { asWorker, type DeliveryRecord, type Receive, type WebhookRecord, type World } from './world.ts';

/** The wait before each retry, in seconds. */
const RETRIES_s = [5, 300, 1_800, 7_200, 18_000, 36_000, 50_400, 72_000, 86_400];
const TIMEOUT_ms = 15_000;
const DAY_ms = 24 * 3_600_000;
const FAILING_DAYS = 5;

/** An event on its way to one endpoint, due now. */
export function planDelivery(
  world: World,
  webhook_id: string,
  event: Event,
  { test }: { test: boolean },
): DeliveryRecord {
  const record: DeliveryRecord = {
    delivery: {
      id: world.newId('whd'),
      webhook_id,
      event_id: event.id,
      event_type: event.type,
      test,
      state: 'pending',
      attempts: [],
      next_attempt_at: null,
      created_at: world.clock.now().toISOString(),
    },
    event,
    tries: 0,
    plan: 0,
  };
  world.deliveries.set(record.delivery.id, record);
  makeDue(world, record);
  return record;
}

/** Due now, with a fresh schedule, whatever its state. */
export function makeDue(world: World, record: DeliveryRecord): void {
  record.tries = 0;
  plan(world, record, world.clock.now());
}

function plan(world: World, record: DeliveryRecord, due: Date): void {
  const number = ++record.plan;
  Object.assign(record.delivery, { state: 'pending', next_attempt_at: due.toISOString() });
  world.clock.at(due, () => asWorker(world, () => attempt(world, record, number)));
}

function attempt(world: World, record: DeliveryRecord, number: number): void {
  const webhook = world.webhooks.get(record.delivery.webhook_id);
  if (record.plan !== number || webhook?.webhook.state !== 'enabled' || !world.receive) return;
  const posting: Promise<void> = post(world, record, webhook, world.receive).finally(() => {
    world.posting.delete(posting);
    world.changed();
  });
  world.posting.add(posting);
}

/** What is pending to an endpoint that was disabled ends. */
export function exhaustOf(world: World, webhook_id: string): void {
  for (const { delivery } of world.deliveries.values()) {
    const isOver = delivery.webhook_id === webhook_id && delivery.state === 'pending';
    if (isOver) Object.assign(delivery, { state: 'exhausted', next_attempt_at: null });
  }
}

interface Outcome {
  status_code: number | null;
  error: string | null;
  response_excerpt: string | null;
  retry_after_s: number;
}

async function post(world: World, record: DeliveryRecord, webhook: WebhookRecord, receive: Receive): Promise<void> {
  const started = world.clock.now();
  const began_ms = performance.now();
  const { status_code, error, response_excerpt, retry_after_s } = await exchange(world, record, webhook, receive);
  record.delivery.attempts.push({
    number: record.delivery.attempts.length + 1,
    started_at: started.toISOString(),
    duration_ms: Math.round(performance.now() - began_ms),
    status_code,
    error,
    response_excerpt,
  });
  record.tries++;
  if (error === null) return succeeded(record, webhook);
  failed(world, webhook, error, status_code === 410);
  const delay_s = RETRIES_s[record.tries - 1];
  if (webhook.webhook.state === 'enabled' && delay_s !== undefined) {
    const wait_s = Math.max(delay_s, retry_after_s) * (1 + 0.1 * world.random());
    plan(world, record, new Date(world.clock.now().getTime() + Math.round(wait_s * 1_000)));
  } else Object.assign(record.delivery, { state: 'exhausted', next_attempt_at: null });
}

function succeeded({ delivery }: DeliveryRecord, { webhook }: WebhookRecord): void {
  Object.assign(delivery, { state: 'delivered', next_attempt_at: null });
  Object.assign(webhook, { failing_since: null, last_failure: null });
}

function failed(world: World, { webhook }: WebhookRecord, error: string, isGone: boolean): void {
  const now = world.clock.now();
  webhook.failing_since ??= now.toISOString();
  webhook.last_failure = error;
  const isFailing = now.getTime() - Date.parse(webhook.failing_since) >= FAILING_DAYS * DAY_ms;
  if (webhook.state === 'disabled' || !(isGone || isFailing)) return;
  const disabled_at = now.toISOString();
  const disabled_reason = isGone ? 'gone' : 'failing';
  Object.assign(webhook, { state: 'disabled', disabled_reason, disabled_at, updated_at: disabled_at });
  exhaustOf(world, webhook.id);
}

async function exchange(
  { clock }: World,
  { event }: DeliveryRecord,
  { webhook, secret, previous }: WebhookRecord,
  receive: Receive,
): Promise<Outcome> {
  const secrets = [secret, ...previous.filter((p) => p.expires_at > clock.now()).map((p) => p.secret)];
  // The receiver holds the time against his own clock, which nobody has put forward.
  const signed = await signWebhook(event, secrets, { at: clock.real() });
  let timer: ReturnType<typeof setTimeout> | undefined;
  try {
    const tooLate = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(new Error(`no answer within ${TIMEOUT_ms / 1_000} s`)), TIMEOUT_ms);
    });
    const response = await Promise.race([receive(signed.toRequest(webhook.url)), tooLate]);
    const excerpt = (await response.text()).slice(0, 1_024).replaceAll(/[\0-\x1f\x7f]+/g, ' ');
    return {
      status_code: response.status,
      error: response.ok ? null : describe(response),
      response_excerpt: excerpt,
      retry_after_s: Math.min(Number(response.headers.get('retry-after')) || 0, DAY_ms / 1_000),
    };
  } catch (error) {
    const words = error instanceof Error ? error.message : String(error);
    return { status_code: null, error: words, response_excerpt: null, retry_after_s: 0 };
  } finally {
    clearTimeout(timer);
  }
}

function describe({ status, statusText }: Response): string {
  const answered = `answered ${status} ${statusText}`.trimEnd();
  if (status === 410) return `${answered}: it wants no more`;
  return status < 400 ? `${answered}: redirects are not followed` : answered;
}
