// Generated from spec/ by `npm run generate`. Do not edit.
import { eventsOf } from '../event-stream.ts';
import type { KeyedRequestOptions, RawMessage, RequestOptions, StreamOptions } from '../options.ts';
import { pagesOf, type PageReply } from '../page.ts';
import { replyOf, type Reply } from '../reply.ts';
import type { Transport } from '../transport.ts';
import { segment } from '../url.ts';
import type {
  AcceptedBatch,
  AcceptedEmail,
  Account,
  ApiKey,
  Attempt,
  CreateApiKey,
  CreateDomain,
  CreateSuppression,
  CreateWebhook,
  CreatedApiKey,
  CreatedWebhook,
  DeleteSuppressionData,
  Domain,
  Email,
  EmailSummary,
  Event,
  GetSuppressionData,
  IdempotencyKey,
  ListApiKeysData,
  ListDomainsData,
  ListEmailAttemptsData,
  ListEmailEventsData,
  ListEmailsData,
  ListEventsData,
  ListReportsData,
  ListSuppressionsData,
  ListTestMessagesData,
  ListWebhookDeliveriesData,
  ListWebhooksData,
  Recipient,
  Report,
  RotatedSecret,
  SendEmail,
  SendEmailBatch,
  SendRawEmailData,
  StreamEventsData,
  Suppression,
  SuppressionImport,
  TestMessage,
  TestWebhook,
  UpdateAccount,
  UpdateDomain,
  UpdateWebhook,
  Webhook,
  WebhookDelivery,
} from './types.gen.ts';

export type ListEmailsQuery = NonNullable<ListEmailsData['query']>;

export type SendRawEmailQuery = NonNullable<SendRawEmailData['query']>;

export type ListEmailEventsQuery = NonNullable<ListEmailEventsData['query']>;

export type ListEmailAttemptsQuery = NonNullable<ListEmailAttemptsData['query']>;

export type ListEventsQuery = NonNullable<ListEventsData['query']>;

export type StreamEventsQuery = NonNullable<StreamEventsData['query']>;

export type ListWebhooksQuery = NonNullable<ListWebhooksData['query']>;

export type ListWebhookDeliveriesQuery = NonNullable<ListWebhookDeliveriesData['query']>;

export type ListDomainsQuery = NonNullable<ListDomainsData['query']>;

export type ListSuppressionsQuery = NonNullable<ListSuppressionsData['query']>;

export type GetSuppressionQuery = NonNullable<GetSuppressionData['query']>;

export type DeleteSuppressionQuery = NonNullable<DeleteSuppressionData['query']>;

export type ListReportsQuery = NonNullable<ListReportsData['query']>;

export type ListApiKeysQuery = NonNullable<ListApiKeysData['query']>;

export type ListTestMessagesQuery = NonNullable<ListTestMessagesData['query']>;

export class EmailsResource {
  readonly #transport: Transport;

  constructor(transport: Transport) {
    this.#transport = transport;
  }

  /**
   * List emails.
   *
   * Newest first. Filters combine.
   *
   * `GET /emails`, for keys with the scope `read`.
   */
  list(query: ListEmailsQuery = {}, options: RequestOptions = {}): PageReply<EmailSummary> {
    return pagesOf(this.#transport, { path: '/emails', query, options });
  }

  /**
   * Send an email.
   *
   * `202` means committed: nothing loses the email after that. A suppressed recipient is reported at once with the
   * status `suppressed`; the others are mailed. Every recipient gets a copy of their own.
   *
   * `POST /emails`, for keys with the scope `send`.
   */
  send(body: SendEmail, options: KeyedRequestOptions = {}): Reply<AcceptedEmail> {
    return replyOf(this.#transport({ method: 'POST', path: '/emails', body, keyed: true, options }));
  }

  /**
   * Send a batch of emails.
   *
   * Up to 500 emails, accepted together or not at all; a fault is reported with its place, as `/emails/3/to/0`.
   *
   * `POST /emails/batch`, for keys with the scope `send`.
   */
  sendBatch(body: SendEmailBatch, options: KeyedRequestOptions = {}): Reply<AcceptedBatch> {
    return replyOf(this.#transport({ method: 'POST', path: '/emails/batch', body, keyed: true, options }));
  }

  /**
   * Send a raw message.
   *
   * An RFC 5322 message as it is. The recipients are the envelope's (`rcpt_to`), never the headers'. The MIME structure is
   * kept byte for byte; Koltrix adds `Message-ID`, `Date` and `From` where they are missing, writes `Feedback-ID`, and
   * removes `Bcc`, `Resent-Bcc`, `Return-Path` and `X-Koltrix-*`. Lines have at most 998 octets (RFC 5322, 2.1.1). `X-Koltrix-Idempotency-Key` serves where the header `Idempotency-Key` is absent.
   * `X-Koltrix-Track-Opens` and `X-Koltrix-Track-Clicks` (`true` or `false`) and `X-Koltrix-Unsubscribe` (`true` or a topic)
   * say what `track_opens`, `track_clicks` and `unsubscribe` say of an email by fields. Tracking changes the HTML part
   * alone, and nothing of what is signed or encrypted.
   *
   * `POST /emails/raw`, for keys with the scope `send`.
   */
  sendRaw(body: RawMessage, query: SendRawEmailQuery, options: KeyedRequestOptions = {}): Reply<AcceptedEmail> {
    return replyOf(this.#transport({ method: 'POST', path: '/emails/raw', query, body, contentType: 'message/rfc822', keyed: true, options }));
  }

  /**
   * Get an email.
   *
   * The content as submitted and the state of each message.
   *
   * `GET /emails/{email_id}`, for keys with the scope `read`.
   */
  get(email_id: string, options: RequestOptions = {}): Reply<Email> {
    return replyOf(this.#transport({ path: `/emails/${segment(email_id)}`, options }));
  }

  /**
   * List the events of an email.
   *
   * Oldest first.
   *
   * `GET /emails/{email_id}/events`, for keys with the scope `read`.
   */
  listEvents(email_id: string, query: ListEmailEventsQuery = {}, options: RequestOptions = {}): PageReply<Event> {
    return pagesOf(this.#transport, { path: `/emails/${segment(email_id)}/events`, query, options });
  }

  /**
   * List the attempts to deliver an email.
   *
   * Every SMTP conversation about its messages: message by message, oldest first.
   *
   * `GET /emails/{email_id}/attempts`, for keys with the scope `read`.
   */
  listAttempts(email_id: string, query: ListEmailAttemptsQuery = {}, options: RequestOptions = {}): PageReply<Attempt> {
    return pagesOf(this.#transport, { path: `/emails/${segment(email_id)}/attempts`, query, options });
  }

  /**
   * Cancel an email.
   *
   * Cancels the messages that are still `scheduled` or `queued` and not just being delivered. When none is, the answer is
   * `409 invalid-state`.
   *
   * `POST /emails/{email_id}/cancel`, for keys with the scope `send`.
   */
  cancel(email_id: string, options: RequestOptions = {}): Reply<Email> {
    return replyOf(this.#transport({ method: 'POST', path: `/emails/${segment(email_id)}/cancel`, options }));
  }
}

export class EventsResource {
  readonly #transport: Transport;

  constructor(transport: Transport) {
    this.#transport = transport;
  }

  /**
   * Read the event log.
   *
   * In commit order, oldest first. `after` is the id of the last event that you have; keep the last id of each page and
   * you miss nothing and see nothing twice, however many processes write. `next_cursor` is the id to pass as `after`; it is null at the log's end.
   *
   * `GET /events`, for keys with the scope `read`.
   */
  list(query: ListEventsQuery = {}, options: RequestOptions = {}): PageReply<Event> {
    return pagesOf(this.#transport, { path: '/events', query, options }, 'after');
  }

  /**
   * Stream events live.
   *
   * The same log as server-sent events: `id` is the event's id, `event` its type, `data` the event as JSON. It starts at
   * the present, or behind `Last-Event-ID`, with nothing skipped or doubled. A comment line every 15 seconds keeps the connection alive.
   * The stream ends when its API key is revoked.
   *
   * `GET /events/stream`, for keys with the scope `read`.
   */
  stream(query: StreamEventsQuery = {}, options: StreamOptions = {}): AsyncGenerator<Event, void, undefined> {
    return eventsOf(this.#transport, { path: '/events/stream', query, options });
  }
}

export class WebhooksResource {
  readonly #transport: Transport;

  constructor(transport: Transport) {
    this.#transport = transport;
  }

  /**
   * List webhook endpoints.
   *
   * Newest first.
   *
   * `GET /webhooks`, for keys with the scope `read`.
   */
  list(query: ListWebhooksQuery = {}, options: RequestOptions = {}): PageReply<Webhook> {
    return pagesOf(this.#transport, { path: '/webhooks', query, options });
  }

  /**
   * Create a webhook endpoint.
   *
   * The answer holds the signing secret, this once.
   *
   * `POST /webhooks`, for keys with the scope `full`.
   */
  create(body: CreateWebhook, options: KeyedRequestOptions = {}): Reply<CreatedWebhook> {
    return replyOf(this.#transport({ method: 'POST', path: '/webhooks', body, keyed: true, options }));
  }

  /**
   * Get a webhook endpoint.
   *
   * Its settings, and why it is disabled when it is.
   *
   * `GET /webhooks/{webhook_id}`, for keys with the scope `read`.
   */
  get(webhook_id: string, options: RequestOptions = {}): Reply<Webhook> {
    return replyOf(this.#transport({ path: `/webhooks/${segment(webhook_id)}`, options }));
  }

  /**
   * Change a webhook endpoint.
   *
   * Only what is given changes. Enabling a disabled endpoint forgets its failures.
   *
   * `PATCH /webhooks/{webhook_id}`, for keys with the scope `full`.
   */
  update(webhook_id: string, body: UpdateWebhook, options: RequestOptions = {}): Reply<Webhook> {
    return replyOf(this.#transport({ method: 'PATCH', path: `/webhooks/${segment(webhook_id)}`, body, options }));
  }

  /**
   * Delete a webhook endpoint.
   *
   * Its deliveries go with it.
   *
   * `DELETE /webhooks/{webhook_id}`, for keys with the scope `full`.
   */
  delete(webhook_id: string, options: RequestOptions = {}): Reply<void> {
    return replyOf(this.#transport({ method: 'DELETE', path: `/webhooks/${segment(webhook_id)}`, options }));
  }

  /**
   * Rotate the signing secret.
   *
   * For 24 hours every request is signed with both secrets: the new one and the one that it replaces. Each secret keeps its
   * 24 hours, also when the next one is replaced meanwhile: a request then carries a signature of each, newest first.
   * Ten at most sign at a time; what would be the eleventh is refused with `invalid-state`.
   *
   * `POST /webhooks/{webhook_id}/rotate-secret`, for keys with the scope `full`.
   */
  rotateSecret(webhook_id: string, options: KeyedRequestOptions = {}): Reply<RotatedSecret> {
    return replyOf(this.#transport({ method: 'POST', path: `/webhooks/${segment(webhook_id)}/rotate-secret`, keyed: true, options }));
  }

  /**
   * Send a test event.
   *
   * A sample event of the type you name goes to this endpoint alone, signed and retried like any other.
   *
   * `POST /webhooks/{webhook_id}/test`, for keys with the scope `full`.
   */
  test(webhook_id: string, body?: TestWebhook, options: KeyedRequestOptions = {}): Reply<WebhookDelivery> {
    return replyOf(this.#transport({ method: 'POST', path: `/webhooks/${segment(webhook_id)}/test`, body, keyed: true, options }));
  }

  /**
   * List the deliveries of an endpoint.
   *
   * Newest first, each with its attempts. Kept for 30 days.
   *
   * `GET /webhooks/{webhook_id}/deliveries`, for keys with the scope `read`.
   */
  listDeliveries(webhook_id: string, query: ListWebhookDeliveriesQuery = {}, options: RequestOptions = {}): PageReply<WebhookDelivery> {
    return pagesOf(this.#transport, { path: `/webhooks/${segment(webhook_id)}/deliveries`, query, options });
  }

  /**
   * Send a delivery again.
   *
   * Whatever its state; the `webhook-id` stays the same.
   *
   * `POST /webhooks/{webhook_id}/deliveries/{delivery_id}/retry`, for keys with the scope `full`.
   */
  retryDelivery(webhook_id: string, delivery_id: string, options: RequestOptions = {}): Reply<WebhookDelivery> {
    return replyOf(this.#transport({ method: 'POST', path: `/webhooks/${segment(webhook_id)}/deliveries/${segment(delivery_id)}/retry`, options }));
  }
}

export class DomainsResource {
  readonly #transport: Transport;

  constructor(transport: Transport) {
    this.#transport = transport;
  }

  /**
   * List sending domains.
   *
   * Newest first.
   *
   * `GET /domains`, for keys with the scope `read`.
   */
  list(query: ListDomainsQuery = {}, options: RequestOptions = {}): PageReply<Domain> {
    return pagesOf(this.#transport, { path: '/domains', query, options });
  }

  /**
   * Add a sending domain.
   *
   * Makes a DKIM key pair and answers with the DNS records to publish. The domain is yours to send from once DNS holds the
   * key: Koltrix looks by itself, or at once by `POST /domains/{domain_id}/verify`. Others may add the same name; only who
   * holds its DNS can verify it. A subdomain is a domain of its own.
   *
   * `POST /domains`, for keys with the scope `full`.
   */
  create(body: CreateDomain, options: KeyedRequestOptions = {}): Reply<Domain> {
    return replyOf(this.#transport({ method: 'POST', path: '/domains', body, keyed: true, options }));
  }

  /**
   * Get a sending domain.
   *
   * Its DNS records, each with what was found at the last look.
   *
   * `GET /domains/{domain_id}`, for keys with the scope `read`.
   */
  get(domain_id: string, options: RequestOptions = {}): Reply<Domain> {
    return replyOf(this.#transport({ path: `/domains/${segment(domain_id)}`, options }));
  }

  /**
   * Change a sending domain.
   *
   * Only what is given changes: whether opens and clicks of mail from this domain are counted where the email does not say.
   *
   * `PATCH /domains/{domain_id}`, for keys with the scope `full`.
   */
  update(domain_id: string, body: UpdateDomain, options: RequestOptions = {}): Reply<Domain> {
    return replyOf(this.#transport({ method: 'PATCH', path: `/domains/${segment(domain_id)}`, body, options }));
  }

  /**
   * Delete a sending domain.
   *
   * Its keys are destroyed. New mail from this domain is refused, and mail that waits fails (`policy`) when its turn
   * comes: Koltrix sends nothing unsigned.
   *
   * `DELETE /domains/{domain_id}`, for keys with the scope `full`.
   */
  delete(domain_id: string, options: RequestOptions = {}): Reply<void> {
    return replyOf(this.#transport({ method: 'DELETE', path: `/domains/${segment(domain_id)}`, options }));
  }

  /**
   * Look for the DNS records now.
   *
   * Asks DNS for all records of the domain and answers with what was found, within about ten seconds. Name servers keep
   * old answers for a while, so a record that was just published may take its time to be seen.
   *
   * `POST /domains/{domain_id}/verify`, for keys with the scope `full`.
   */
  verify(domain_id: string, options: RequestOptions = {}): Reply<Domain> {
    return replyOf(this.#transport({ method: 'POST', path: `/domains/${segment(domain_id)}/verify`, options }));
  }

  /**
   * Rotate the DKIM key.
   *
   * Makes a new key pair under a new selector. Publish its record and leave the old one where it is: the old key signs
   * until the new record is seen, and its record is needed for 7 more days, for mail that is under way. An earlier new
   * key that still waits for its record is replaced.
   *
   * `POST /domains/{domain_id}/rotate-dkim`, for keys with the scope `full`.
   */
  rotateDkim(domain_id: string, options: KeyedRequestOptions = {}): Reply<Domain> {
    return replyOf(this.#transport({ method: 'POST', path: `/domains/${segment(domain_id)}/rotate-dkim`, keyed: true, options }));
  }
}

export class SuppressionsResource {
  readonly #transport: Transport;

  constructor(transport: Transport) {
    this.#transport = transport;
  }

  /**
   * List suppressions.
   *
   * Newest first; those that have expired are left out.
   *
   * `GET /suppressions`, for keys with the scope `read`.
   */
  list(query: ListSuppressionsQuery = {}, options: RequestOptions = {}): PageReply<Suppression> {
    return pagesOf(this.#transport, { path: '/suppressions', query, options });
  }

  /**
   * Suppress an address.
   *
   * An earlier suppression of the address is replaced.
   *
   * `POST /suppressions`, for keys with the scope `full`.
   */
  create(body: CreateSuppression, options: KeyedRequestOptions = {}): Reply<Suppression> {
    return replyOf(this.#transport({ method: 'POST', path: '/suppressions', body, keyed: true, options }));
  }

  /**
   * Import suppressions.
   *
   * CSV in UTF-8 with a header line; columns are `address` (or `email`), `topic`, `reason` (default `manual`) and `expires_at`,
   * in any order, and others are ignored, so an export can be imported as it is. A list of bare addresses needs no header. Up to
   * 100,000 lines. Good lines are taken though others have faults. An address that is suppressed already for as long or
   * longer stays as it is, so the same file may be sent again.
   *
   * `POST /suppressions/import`, for keys with the scope `full`.
   */
  import(body: RawMessage, options: RequestOptions = {}): Reply<SuppressionImport> {
    return replyOf(this.#transport({ method: 'POST', path: '/suppressions/import', body, contentType: 'text/csv', options }));
  }

  /**
   * Export suppressions.
   *
   * All that have not expired, as CSV by address: `address`, `topic`, `reason`, `expires_at`, `created_at`, `source_message_id`,
   * `diagnostic`. A cell that a spreadsheet would take for a formula has a `'` before it, which the import removes.
   *
   * `GET /suppressions/export`, for keys with the scope `read`.
   */
  export(options: RequestOptions = {}): Reply<Uint8Array> {
    return replyOf(this.#transport({ path: '/suppressions/export', format: 'bytes', options }));
  }

  /**
   * Get a suppression.
   *
   * By address; `404` when the address is not suppressed.
   *
   * `GET /suppressions/{address}`, for keys with the scope `read`.
   */
  get(address: string, query: GetSuppressionQuery = {}, options: RequestOptions = {}): Reply<Suppression> {
    return replyOf(this.#transport({ path: `/suppressions/${segment(address)}`, query, options }));
  }

  /**
   * Lift a suppression.
   *
   * The address is mailed again from now on.
   *
   * `DELETE /suppressions/{address}`, for keys with the scope `full`.
   */
  delete(address: string, query: DeleteSuppressionQuery = {}, options: RequestOptions = {}): Reply<void> {
    return replyOf(this.#transport({ method: 'DELETE', path: `/suppressions/${segment(address)}`, query, options }));
  }
}

export class RecipientsResource {
  readonly #transport: Transport;

  constructor(transport: Transport) {
    this.#transport = transport;
  }

  /**
   * Get what is known of a recipient.
   *
   * Answers "why does she get no mail?": the suppression, the newest messages and the newest attempts, by address. `404`
   * when the address has never been mailed and is not suppressed.
   *
   * `GET /recipients/{address}`, for keys with the scope `read`.
   */
  get(address: string, options: RequestOptions = {}): Reply<Recipient> {
    return replyOf(this.#transport({ path: `/recipients/${segment(address)}`, options }));
  }
}

export class ReportsResource {
  readonly #transport: Transport;

  constructor(transport: Transport) {
    this.#transport = transport;
  }

  /**
   * List reports.
   *
   * Newest first: what came back for your messages, kept for 90 days. Bounces and complaints are events too, which name
   * their report.
   *
   * `GET /reports`, for keys with the scope `read`.
   */
  list(query: ListReportsQuery = {}, options: RequestOptions = {}): PageReply<Report> {
    return pagesOf(this.#transport, { path: '/reports', query, options });
  }

  /**
   * Get a report.
   *
   * What was understood of it; its text is at `/reports/{id}/source`.
   *
   * `GET /reports/{report_id}`, for keys with the scope `read`.
   */
  get(report_id: string, options: RequestOptions = {}): Reply<Report> {
    return replyOf(this.#transport({ path: `/reports/${segment(report_id)}`, options }));
  }

  /**
   * Get the source of a report.
   *
   * The bytes as they came; of a report over 1 MB the first megabyte.
   *
   * `GET /reports/{report_id}/source`, for keys with the scope `read`.
   */
  getSource(report_id: string, options: RequestOptions = {}): Reply<Uint8Array> {
    return replyOf(this.#transport({ path: `/reports/${segment(report_id)}/source`, format: 'bytes', options }));
  }
}

export class ApiKeysResource {
  readonly #transport: Transport;

  constructor(transport: Transport) {
    this.#transport = transport;
  }

  /**
   * List API keys.
   *
   * Newest first, revoked ones too; secrets are never shown again.
   *
   * `GET /api-keys`, for keys with the scope `full`.
   */
  list(query: ListApiKeysQuery = {}, options: RequestOptions = {}): PageReply<ApiKey> {
    return pagesOf(this.#transport, { path: '/api-keys', query, options });
  }

  /**
   * Create an API key.
   *
   * The answer holds the key itself, this once.
   *
   * `POST /api-keys`, for keys with the scope `full`.
   */
  create(body: CreateApiKey, options: KeyedRequestOptions = {}): Reply<CreatedApiKey> {
    return replyOf(this.#transport({ method: 'POST', path: '/api-keys', body, keyed: true, options }));
  }

  /**
   * Revoke an API key.
   *
   * It stops working at once. The key that makes the request cannot revoke itself.
   *
   * `DELETE /api-keys/{api_key_id}`, for keys with the scope `full`.
   */
  revoke(api_key_id: string, options: RequestOptions = {}): Reply<void> {
    return replyOf(this.#transport({ method: 'DELETE', path: `/api-keys/${segment(api_key_id)}`, options }));
  }
}

export class IdempotencyKeysResource {
  readonly #transport: Transport;

  constructor(transport: Transport) {
    this.#transport = transport;
  }

  /**
   * See what an idempotency key stands for.
   *
   * `404` when the key is unknown or has expired.
   *
   * `GET /idempotency-keys/{key}`, for keys with the scope `read`.
   */
  get(key: string, options: RequestOptions = {}): Reply<IdempotencyKey> {
    return replyOf(this.#transport({ path: `/idempotency-keys/${segment(key)}`, options }));
  }
}

export class AccountResource {
  readonly #transport: Transport;

  constructor(transport: Transport) {
    this.#transport = transport;
  }

  /**
   * Get the account.
   *
   * Whose key this is, what it may do and which limits apply.
   *
   * `GET /account`, for any key.
   */
  get(options: RequestOptions = {}): Reply<Account> {
    return replyOf(this.#transport({ path: '/account', options }));
  }

  /**
   * Change the account.
   *
   * Only what is given changes: whether opens and clicks are counted where neither the email nor its sending domain says.
   *
   * `PATCH /account`, for keys with the scope `full`.
   */
  update(body: UpdateAccount, options: RequestOptions = {}): Reply<Account> {
    return replyOf(this.#transport({ method: 'PATCH', path: '/account', body, options }));
  }
}

export class TestMessagesResource {
  readonly #transport: Transport;

  constructor(transport: Transport) {
    this.#transport = transport;
  }

  /**
   * List captured mail.
   *
   * Newest first. With `wait` the answer is held back until a message matches, for so many seconds at most; an empty page
   * then says that none came.
   *
   * `GET /test/messages`, for keys with the scope `read`.
   */
  list(query: ListTestMessagesQuery = {}, options: RequestOptions = {}): PageReply<TestMessage> {
    return pagesOf(this.#transport, { path: '/test/messages', query, options });
  }

  /**
   * Get a captured message.
   *
   * With the contents of its attachments.
   *
   * `GET /test/messages/{test_message_id}`, for keys with the scope `read`.
   */
  get(test_message_id: string, options: RequestOptions = {}): Reply<TestMessage> {
    return replyOf(this.#transport({ path: `/test/messages/${segment(test_message_id)}`, options }));
  }

  /**
   * Get the source of a captured message.
   *
   * The exact bytes that the receiving server got.
   *
   * `GET /test/messages/{test_message_id}/source`, for keys with the scope `read`.
   */
  getSource(test_message_id: string, options: RequestOptions = {}): Reply<Uint8Array> {
    return replyOf(this.#transport({ path: `/test/messages/${segment(test_message_id)}/source`, format: 'bytes', options }));
  }
}

export class Resources {
  readonly emails: EmailsResource;
  readonly events: EventsResource;
  readonly webhooks: WebhooksResource;
  readonly domains: DomainsResource;
  readonly suppressions: SuppressionsResource;
  readonly recipients: RecipientsResource;
  readonly reports: ReportsResource;
  readonly apiKeys: ApiKeysResource;
  readonly idempotencyKeys: IdempotencyKeysResource;
  readonly account: AccountResource;
  readonly testMessages: TestMessagesResource;

  constructor(transport: Transport) {
    this.emails = new EmailsResource(transport);
    this.events = new EventsResource(transport);
    this.webhooks = new WebhooksResource(transport);
    this.domains = new DomainsResource(transport);
    this.suppressions = new SuppressionsResource(transport);
    this.recipients = new RecipientsResource(transport);
    this.reports = new ReportsResource(transport);
    this.apiKeys = new ApiKeysResource(transport);
    this.idempotencyKeys = new IdempotencyKeysResource(transport);
    this.account = new AccountResource(transport);
    this.testMessages = new TestMessagesResource(transport);
  }
}
