import type { Content } from '../mail/compose.ts';

/** What a door hands to `accept`: one request's emails, taken together or not at all. */
export interface Submission {
  tenant_id: string;
  source: 'rest' | 'smtp' | 'campaign';
  emails: EmailSubmission[];
  /** Present when the caller named the request. */
  idempotency: Idempotency | undefined;
  /** The answer in the door's own terms; stored with the idempotency key and given again on a replay. */
  answer(emails: AcceptedEmail[]): Answer;
}

export interface Idempotency {
  key: string;
  operation: string;
  /** SHA-256 over what makes two requests the same, in hexadecimal. */
  fingerprint: string;
}

export interface Answer {
  status: number;
  body: unknown;
}

export type EmailSubmission = ComposedSubmission | RawSubmission;

export interface ComposedSubmission {
  format: 'composed';
  content: Content;
  tags: Record<string, string>;
  metadata: Record<string, unknown>;
  scheduled_at: Date | undefined;
  /** Goes after mail that somebody waits for. */
  bulk: boolean;
  /** Where it stands in the request, as the start of a JSON pointer: empty, or `/emails/3`. */
  pointer: string;
}

export interface RawSubmission {
  format: 'raw';
  mail_from: string;
  rcpt_to: string[];
  bytes: Buffer;
}

export interface AcceptedEmail {
  id: string;
  created_at: Date;
  messages: AcceptedMessage[];
}

export interface AcceptedMessage {
  id: string;
  /** As submitted. */
  recipient: string;
  kind: 'to' | 'cc' | 'bcc';
  status: 'scheduled' | 'queued' | 'suppressed';
}
