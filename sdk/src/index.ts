export { type AttachmentOptions, type AttachmentSource, attachment } from './attachment.ts';
export { Koltrix } from './client.ts';
export type { Collectable } from './collectable.ts';
export type { KoltrixOptions } from './config.ts';
export type { Emails, SendManyReply } from './emails.ts';
export { APIError, type APIErrorFields, isAPIError } from './errors/api-error.ts';
export { ConflictError, isConflictError } from './errors/conflict-error.ts';
export { ConnectionError, isConnectionError } from './errors/connection-error.ts';
export { ForbiddenError, isForbiddenError } from './errors/forbidden-error.ts';
export { IdempotencyError, isIdempotencyError } from './errors/idempotency-error.ts';
export { InternalError, isInternalError } from './errors/internal-error.ts';
export { InvalidRequestError, isInvalidRequestError } from './errors/invalid-request-error.ts';
export { isKoltrixError, KoltrixError } from './errors/koltrix-error.ts';
export { isNotFoundError, NotFoundError } from './errors/not-found-error.ts';
export { isRateLimitedError, RateLimitedError } from './errors/rate-limited-error.ts';
export { isTimeoutError, TimeoutError } from './errors/timeout-error.ts';
export { isUnauthenticatedError, UnauthenticatedError } from './errors/unauthenticated-error.ts';
export { isUnavailableError, UnavailableError } from './errors/unavailable-error.ts';
export {
  isWebhookVerificationError,
  type WebhookFault,
  WebhookVerificationError,
} from './errors/webhook-verification-error.ts';
export type * from './generated/public-types.gen.ts';
export type { AttemptInfo, Hooks } from './hooks.ts';
export type { KeyedRequestOptions, RawMessage, RequestOptions, StreamOptions } from './options.ts';
export type { Page, PageReply } from './page.ts';
export type { RateLimit } from './rate-limit.ts';
export type { RenderableBatch, RenderableEmail, Rendered, Renderer } from './render.ts';
export type { Reply, ResponseInfo, WithResponse } from './reply.ts';
export type { SendManyResult } from './send-many.ts';
export { type VerifyOptions, verifyWebhook, type WebhookHeaders } from './webhooks.ts';
