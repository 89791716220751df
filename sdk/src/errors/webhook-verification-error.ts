import { isA, KoltrixError } from './koltrix-error.ts';

/**
 * Which check failed. `invalid-secret` is a fault of your own set-up, `invalid-payload` mostly too (a body that was
 * parsed before it was verified); the others speak about the request.
 */
export type WebhookFault =
  | 'invalid-secret'
  | 'invalid-payload'
  | 'missing-header'
  | 'invalid-timestamp'
  | 'timestamp-too-old'
  | 'timestamp-too-new'
  | 'signature-mismatch';

/** A webhook request is not to be trusted. Answer it with 400 and do nothing else. */
export class WebhookVerificationError extends KoltrixError {
  readonly reason: WebhookFault;

  constructor(reason: WebhookFault, message: string, options?: { cause: unknown }) {
    super(message, options);
    this.reason = reason;
  }

  override get name(): string {
    return 'WebhookVerificationError';
  }
}

export function isWebhookVerificationError(error: unknown): error is WebhookVerificationError {
  return isA(error, WebhookVerificationError);
}
