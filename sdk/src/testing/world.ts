import type {
  ApiKey,
  Attempt,
  Email,
  Event,
  Message,
  Report,
  Scope,
  SendEmail,
  Suppression,
  TestMessage,
  Webhook,
  WebhookDelivery,
} from '../generated/types.gen.ts';
import { type Clock, createClock } from './clock.ts';
import { type IdPrefix, idMaker } from './ids.ts';
import { randomText } from './random-text.ts';

/** What the server would keep in its database: one account's things, in the order in which they came. */
export interface World {
  readonly clock: Clock;
  readonly account: { id: string; name: string; created_at: string; track_opens: boolean; track_clicks: boolean };
  readonly rateLimit: { requests: number; window_s: number };
  emails: Map<string, EmailRecord>;
  events: Event[];
  /** By canonical address and topic: see `suppressionKey`. */
  suppressions: Map<string, Suppression>;
  webhooks: Map<string, WebhookRecord>;
  deliveries: Map<string, DeliveryRecord>;
  apiKeys: Map<string, KeyRecord>;
  captured: CapturedRecord[];
  reports: ReportRecord[];
  domains: Map<string, DomainRecord>;
  answers: Map<string, StoredAnswer>;
  /** The idempotency keys of requests that are under way. */
  running: Set<string>;
  /** Conversations and webhooks that were due while delivery was paused; undefined while it is not. */
  held: (() => void)[] | undefined;
  /** Takes webhooks; without it their deliveries stay pending. */
  readonly receive: Receive | undefined;
  /** Webhook requests under way. */
  posting: Set<Promise<void>>;
  newId(prefix: IdPrefix): string;
  /** From 0 to 1. */
  random(): number;
  /** Calls the listener after each change, until the result is called. */
  onChange(listener: () => void): () => void;
  /** Tells the listeners. */
  changed(): void;
}

/** `email` is the wire's form but for its status, which its messages say. */
export interface EmailRecord {
  email: Omit<Email, 'status' | 'messages'>;
  messages: MessageRecord[];
  mail_from: string;
  /** Canonical. */
  from_address: string;
  content: { format: 'composed'; fields: SendEmail } | { format: 'raw'; bytes: Uint8Array };
}

export interface MessageRecord extends Message {
  canonical: string;
  /** What the recipient can unsubscribe from by itself. */
  topic: string | null;
  /** Every conversation about it. */
  tries: Attempt[];
}

export interface WebhookRecord {
  webhook: Webhook;
  secret: string;
  /** Those that it replaced, newest first. */
  previous: { secret: string; expires_at: Date }[];
}

export interface DeliveryRecord {
  delivery: WebhookDelivery;
  event: Event;
  /** Tries on the present schedule. */
  tries: number;
  /** Changes with each new plan, so that what was planned before is void. */
  plan: number;
}

export interface KeyRecord {
  api_key: ApiKey;
  secret: string;
}

export interface CapturedRecord {
  message: TestMessage;
  source: Uint8Array;
  /** Canonical. */
  to: string;
}

export interface ReportRecord {
  report: Report;
  source: Uint8Array;
}

/** A sending domain. The world outside is kind to the mock: once asked, DNS holds every record that it should. */
export interface DomainRecord {
  id: string;
  /** Lower case, in ASCII. */
  name: string;
  /** Newest first. */
  keys: KeyPairRecord[];
  created_at: Date;
  checked_at: Date | null;
  verified_at: Date | null;
  track_opens: boolean | null;
  track_clicks: boolean | null;
}

export interface KeyPairRecord {
  selector: string;
  public_key: string;
  created_at: Date;
  verified_at: Date | null;
  retires_at: Date | null;
}

export interface StoredAnswer {
  operation: string;
  fingerprint: string;
  status: number;
  /** The body's JSON. */
  body: string;
  email_ids: string[];
  created_at: Date;
  expires_at: Date;
}

/** A receiver of webhooks: your own request handler. */
export type Receive = (request: Request) => Response | Promise<Response>;

export interface WorldOptions {
  now: () => Date;
  random: () => number;
  rateLimit: { requests: number; window_s: number };
  receive: Receive | undefined;
  /** The account's first API key, of full scope. */
  apiKey: string;
}

export function createWorld({ now, random, rateLimit, receive, apiKey }: WorldOptions): World {
  const listeners = new Set<() => void>();
  const changed = () => {
    for (const listener of [...listeners]) listener();
  };
  const clock = createClock(now, changed);
  const newId = idMaker(clock.now);
  const created_at = clock.now().toISOString();
  const world: World = {
    clock,
    account: { id: newId('ten'), name: 'default', created_at, track_opens: false, track_clicks: false },
    rateLimit,
    emails: new Map(),
    events: [],
    suppressions: new Map(),
    webhooks: new Map(),
    deliveries: new Map(),
    apiKeys: new Map(),
    captured: [],
    reports: [],
    domains: new Map(),
    answers: new Map(),
    running: new Set(),
    held: undefined,
    receive,
    posting: new Set(),
    newId,
    random,
    onChange(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    changed,
  };
  addKey(world, { name: 'initial', scope: 'full', secret: apiKey });
  return world;
}

/** What the server's worker does: at once, or when it is back. */
export function asWorker(world: World, work: () => void): void {
  if (world.held) world.held.push(work);
  else work();
}

/** A key with its secret, which is made up when none is given. */
export function addKey(
  world: World,
  { name, scope, secret = `kx_${randomText(43)}` }: { name: string; scope: Scope; secret?: string },
): KeyRecord {
  const api_key: ApiKey = {
    id: world.newId('key'),
    name,
    scope,
    prefix: secret.slice(0, 7),
    created_at: world.clock.now().toISOString(),
    last_used_at: null,
    revoked_at: null,
  };
  const record = { api_key, secret };
  world.apiKeys.set(api_key.id, record);
  return record;
}
