import type { NewEvent } from '../events/catalogue.ts';
import type { SuppressionReason } from '../generated/types.gen.ts';

/** One request's emails, committed together or not at all. */
export interface Unit {
  tenant_id: string;
  emails: PlannedEmail[];
  idempotency: UnitIdempotency | undefined;
}

export interface UnitIdempotency {
  key: string;
  operation: string;
  /** In hexadecimal. */
  fingerprint: string;
  status: number;
  answer: Buffer;
  expires_at: Date;
}

export interface PlannedEmail {
  id: string;
  source: 'rest' | 'smtp' | 'campaign';
  mail_from: string;
  from_header: string;
  from_address: string;
  subject: string;
  /** JSON. */
  tags: string;
  /** JSON. */
  metadata: string;
  format: 'composed' | 'raw';
  content: Buffer;
  scheduled_at: Date | null;
  created_at: Date;
  messages: PlannedMessage[];
}

export interface PlannedMessage {
  id: string;
  recipient: string;
  canonical: string;
  kind: 'to' | 'cc' | 'bcc';
  bulk: boolean;
  /** What the recipient may have unsubscribed from by itself. */
  topic: string | null;
  status: 'scheduled' | 'queued' | 'suppressed';
  due_at: Date;
  event_id: string;
  event: NewEvent;
}

export interface SuppressionHit {
  canonical: string;
  reason: SuppressionReason;
  expires_at: Date | null;
}

/** `suppressed`, `key-taken`: nothing of the unit was written. */
export type CommitOutcome =
  | { kind: 'committed'; webhooks: boolean }
  | { kind: 'suppressed'; hits: SuppressionHit[] }
  | { kind: 'key-taken' };
