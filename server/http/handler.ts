import type { Accept } from '../accept/index.ts';
import type { LookUp } from '../domains/index.ts';
import type { HandlerOf } from '../generated/handlers.gen.ts';
import type { DeliveryMode, Scope } from '../generated/types.gen.ts';
import type { Database } from '../store/database.ts';
import type { InstallationHosts } from '../store/domain-directory.ts';
import type { Hints } from '../store/hints.ts';
import type { Log } from '../store/log.ts';
import type { RateLimit } from '../store/rate-limit.ts';
import type { Seal } from '../store/seal.ts';
import type { Tracking } from '../tracking/index.ts';
import type { WebhookPolicy } from '../webhooks/index.ts';

/** What the handlers may use. */
export interface HttpDeps {
  db: Database;
  accept: Accept;
  hints: Hints;
  seal: Seal;
  rateLimit: RateLimit;
  webhookPolicy: WebhookPolicy;
  tracking: Tracking;
  lookUp: LookUp;
  hosts: InstallationHosts;
  delivery_mode: DeliveryMode;
  /** Aborted when the server stops: what would wait or go on for ever ends. */
  stopping: AbortSignal;
  log: Log;
  now(): Date;
  newId(): string;
}

/** Who asks: the owner of the API key. */
export interface Caller {
  tenant_id: string;
  api_key_id: string;
  scope: Scope;
}

/** The caller's name for this logical request, with what makes a repeat the same request. */
export interface IdempotencyClaim {
  key: string;
  operation: string;
  /** SHA-256 in hexadecimal. */
  fingerprint: string;
}

export interface Context {
  deps: HttpDeps;
  caller: Caller;
  idempotency: IdempotencyClaim | undefined;
  /** Set by who answers from a stored record; becomes `Idempotent-Replayed: true`. */
  replayed: boolean;
  /** Aborted when the client goes away or the server stops. */
  signal: AbortSignal;
}

/** One file each in `handlers/`: it parses, calls one domain function, replies. */
export type Handler<Data, Responses> = HandlerOf<Context, Data, Responses>;
