// Generated from spec/ by `npm run generate`. Do not edit.
import type {
  CancelEmailData,
  CancelEmailResponses,
  CreateApiKeyData,
  CreateApiKeyResponses,
  CreateDomainData,
  CreateDomainResponses,
  CreateSuppressionData,
  CreateSuppressionResponses,
  CreateWebhookData,
  CreateWebhookResponses,
  DeleteDomainData,
  DeleteDomainResponses,
  DeleteSuppressionData,
  DeleteSuppressionResponses,
  DeleteWebhookData,
  DeleteWebhookResponses,
  ExportSuppressionsData,
  ExportSuppressionsResponses,
  GetAccountData,
  GetAccountResponses,
  GetDomainData,
  GetDomainResponses,
  GetEmailData,
  GetEmailResponses,
  GetIdempotencyKeyData,
  GetIdempotencyKeyResponses,
  GetRecipientData,
  GetRecipientResponses,
  GetReportData,
  GetReportResponses,
  GetReportSourceData,
  GetReportSourceResponses,
  GetSuppressionData,
  GetSuppressionResponses,
  GetTestMessageData,
  GetTestMessageResponses,
  GetTestMessageSourceData,
  GetTestMessageSourceResponses,
  GetWebhookData,
  GetWebhookResponses,
  ImportSuppressionsData,
  ImportSuppressionsResponses,
  ListApiKeysData,
  ListApiKeysResponses,
  ListDomainsData,
  ListDomainsResponses,
  ListEmailAttemptsData,
  ListEmailAttemptsResponses,
  ListEmailEventsData,
  ListEmailEventsResponses,
  ListEmailsData,
  ListEmailsResponses,
  ListEventsData,
  ListEventsResponses,
  ListReportsData,
  ListReportsResponses,
  ListSuppressionsData,
  ListSuppressionsResponses,
  ListTestMessagesData,
  ListTestMessagesResponses,
  ListWebhookDeliveriesData,
  ListWebhookDeliveriesResponses,
  ListWebhooksData,
  ListWebhooksResponses,
  RetryWebhookDeliveryData,
  RetryWebhookDeliveryResponses,
  RevokeApiKeyData,
  RevokeApiKeyResponses,
  RotateDomainDkimData,
  RotateDomainDkimResponses,
  RotateWebhookSecretData,
  RotateWebhookSecretResponses,
  SendEmailBatchData,
  SendEmailBatchResponses,
  SendEmailData,
  SendEmailResponses,
  SendRawEmailData,
  SendRawEmailResponses,
  StreamEventsData,
  StreamEventsResponses,
  TestWebhookData,
  TestWebhookResponses,
  UpdateAccountData,
  UpdateAccountResponses,
  UpdateDomainData,
  UpdateDomainResponses,
  UpdateWebhookData,
  UpdateWebhookResponses,
  VerifyDomainData,
  VerifyDomainResponses,
} from './types.gen.ts';

/** What a handler is given: the validated parts of the request. */
export type RequestOf<Data> = {
  body: 'body' extends keyof Data ? Data['body'] : undefined;
  path: 'path' extends keyof Data ? Data['path'] : undefined;
  query: 'query' extends keyof Data ? NonNullable<Data['query']> : undefined;
  headers: 'headers' extends keyof Data ? NonNullable<Data['headers']> : undefined;
};

/** What a handler answers: one of the documented statuses with its own body. Problems are thrown as refusals. */
export type ReplyOf<Responses> = {
  [Status in keyof Responses]: void extends Responses[Status]
    ? { status: Status }
    : { status: Status; body: Responses[Status] };
}[keyof Responses];

export type HandlerOf<Context, Data, Responses> = (
  context: Context,
  request: RequestOf<Data>,
) => Promise<ReplyOf<Responses>>;

/** One handler for each operation: a missing or a surplus one does not compile. */
export interface Handlers<Context> {
  /** GET /emails: List emails. */
  listEmails: HandlerOf<Context, ListEmailsData, ListEmailsResponses>;
  /** POST /emails: Send an email. */
  sendEmail: HandlerOf<Context, SendEmailData, SendEmailResponses>;
  /** POST /emails/batch: Send a batch of emails. */
  sendEmailBatch: HandlerOf<Context, SendEmailBatchData, SendEmailBatchResponses>;
  /** POST /emails/raw: Send a raw message. */
  sendRawEmail: HandlerOf<Context, Omit<SendRawEmailData, 'body'> & { body: Uint8Array }, SendRawEmailResponses>;
  /** GET /emails/{email_id}: Get an email. */
  getEmail: HandlerOf<Context, GetEmailData, GetEmailResponses>;
  /** GET /emails/{email_id}/events: List the events of an email. */
  listEmailEvents: HandlerOf<Context, ListEmailEventsData, ListEmailEventsResponses>;
  /** GET /emails/{email_id}/attempts: List the attempts to deliver an email. */
  listEmailAttempts: HandlerOf<Context, ListEmailAttemptsData, ListEmailAttemptsResponses>;
  /** POST /emails/{email_id}/cancel: Cancel an email. */
  cancelEmail: HandlerOf<Context, CancelEmailData, CancelEmailResponses>;
  /** GET /events: Read the event log. */
  listEvents: HandlerOf<Context, ListEventsData, ListEventsResponses>;
  /** GET /events/stream: Stream events live. */
  streamEvents: HandlerOf<Context, StreamEventsData, { 200: AsyncIterable<string> }>;
  /** GET /webhooks: List webhook endpoints. */
  listWebhooks: HandlerOf<Context, ListWebhooksData, ListWebhooksResponses>;
  /** POST /webhooks: Create a webhook endpoint. */
  createWebhook: HandlerOf<Context, CreateWebhookData, CreateWebhookResponses>;
  /** GET /webhooks/{webhook_id}: Get a webhook endpoint. */
  getWebhook: HandlerOf<Context, GetWebhookData, GetWebhookResponses>;
  /** PATCH /webhooks/{webhook_id}: Change a webhook endpoint. */
  updateWebhook: HandlerOf<Context, UpdateWebhookData, UpdateWebhookResponses>;
  /** DELETE /webhooks/{webhook_id}: Delete a webhook endpoint. */
  deleteWebhook: HandlerOf<Context, DeleteWebhookData, DeleteWebhookResponses>;
  /** POST /webhooks/{webhook_id}/rotate-secret: Rotate the signing secret. */
  rotateWebhookSecret: HandlerOf<Context, RotateWebhookSecretData, RotateWebhookSecretResponses>;
  /** POST /webhooks/{webhook_id}/test: Send a test event. */
  testWebhook: HandlerOf<Context, TestWebhookData, TestWebhookResponses>;
  /** GET /webhooks/{webhook_id}/deliveries: List the deliveries of an endpoint. */
  listWebhookDeliveries: HandlerOf<Context, ListWebhookDeliveriesData, ListWebhookDeliveriesResponses>;
  /** POST /webhooks/{webhook_id}/deliveries/{delivery_id}/retry: Send a delivery again. */
  retryWebhookDelivery: HandlerOf<Context, RetryWebhookDeliveryData, RetryWebhookDeliveryResponses>;
  /** GET /domains: List sending domains. */
  listDomains: HandlerOf<Context, ListDomainsData, ListDomainsResponses>;
  /** POST /domains: Add a sending domain. */
  createDomain: HandlerOf<Context, CreateDomainData, CreateDomainResponses>;
  /** GET /domains/{domain_id}: Get a sending domain. */
  getDomain: HandlerOf<Context, GetDomainData, GetDomainResponses>;
  /** PATCH /domains/{domain_id}: Change a sending domain. */
  updateDomain: HandlerOf<Context, UpdateDomainData, UpdateDomainResponses>;
  /** DELETE /domains/{domain_id}: Delete a sending domain. */
  deleteDomain: HandlerOf<Context, DeleteDomainData, DeleteDomainResponses>;
  /** POST /domains/{domain_id}/verify: Look for the DNS records now. */
  verifyDomain: HandlerOf<Context, VerifyDomainData, VerifyDomainResponses>;
  /** POST /domains/{domain_id}/rotate-dkim: Rotate the DKIM key. */
  rotateDomainDkim: HandlerOf<Context, RotateDomainDkimData, RotateDomainDkimResponses>;
  /** GET /suppressions: List suppressions. */
  listSuppressions: HandlerOf<Context, ListSuppressionsData, ListSuppressionsResponses>;
  /** POST /suppressions: Suppress an address. */
  createSuppression: HandlerOf<Context, CreateSuppressionData, CreateSuppressionResponses>;
  /** POST /suppressions/import: Import suppressions. */
  importSuppressions: HandlerOf<Context, Omit<ImportSuppressionsData, 'body'> & { body: Uint8Array }, ImportSuppressionsResponses>;
  /** GET /suppressions/export: Export suppressions. */
  exportSuppressions: HandlerOf<Context, ExportSuppressionsData, { 200: AsyncIterable<string> }>;
  /** GET /suppressions/{address}: Get a suppression. */
  getSuppression: HandlerOf<Context, GetSuppressionData, GetSuppressionResponses>;
  /** DELETE /suppressions/{address}: Lift a suppression. */
  deleteSuppression: HandlerOf<Context, DeleteSuppressionData, DeleteSuppressionResponses>;
  /** GET /recipients/{address}: Get what is known of a recipient. */
  getRecipient: HandlerOf<Context, GetRecipientData, GetRecipientResponses>;
  /** GET /reports: List reports. */
  listReports: HandlerOf<Context, ListReportsData, ListReportsResponses>;
  /** GET /reports/{report_id}: Get a report. */
  getReport: HandlerOf<Context, GetReportData, GetReportResponses>;
  /** GET /reports/{report_id}/source: Get the source of a report. */
  getReportSource: HandlerOf<Context, GetReportSourceData, { 200: Uint8Array }>;
  /** GET /api-keys: List API keys. */
  listApiKeys: HandlerOf<Context, ListApiKeysData, ListApiKeysResponses>;
  /** POST /api-keys: Create an API key. */
  createApiKey: HandlerOf<Context, CreateApiKeyData, CreateApiKeyResponses>;
  /** DELETE /api-keys/{api_key_id}: Revoke an API key. */
  revokeApiKey: HandlerOf<Context, RevokeApiKeyData, RevokeApiKeyResponses>;
  /** GET /idempotency-keys/{key}: See what an idempotency key stands for. */
  getIdempotencyKey: HandlerOf<Context, GetIdempotencyKeyData, GetIdempotencyKeyResponses>;
  /** GET /account: Get the account. */
  getAccount: HandlerOf<Context, GetAccountData, GetAccountResponses>;
  /** PATCH /account: Change the account. */
  updateAccount: HandlerOf<Context, UpdateAccountData, UpdateAccountResponses>;
  /** GET /test/messages: List captured mail. */
  listTestMessages: HandlerOf<Context, ListTestMessagesData, ListTestMessagesResponses>;
  /** GET /test/messages/{test_message_id}: Get a captured message. */
  getTestMessage: HandlerOf<Context, GetTestMessageData, GetTestMessageResponses>;
  /** GET /test/messages/{test_message_id}/source: Get the source of a captured message. */
  getTestMessageSource: HandlerOf<Context, GetTestMessageSourceData, { 200: Uint8Array }>;
}

export interface Route {
  operation: keyof Handlers<unknown>;
  method: 'get' | 'post' | 'put' | 'patch' | 'delete';
  /** In Express's notation, below the base path. */
  path: string;
  scope: 'full' | 'send' | 'read' | 'any';
  takesIdempotencyKey: boolean;
  /** The media type of the request's body, if it has one. */
  consumes: string | undefined;
  /** The media type of the successful answer, if it has a body. */
  produces: string | undefined;
  bodyRequired: boolean;
}

export const routes: readonly Route[] = [
  { operation: 'listEmails', method: 'get', path: '/emails', scope: 'read', takesIdempotencyKey: false, consumes: undefined, produces: 'application/json', bodyRequired: false },
  { operation: 'sendEmail', method: 'post', path: '/emails', scope: 'send', takesIdempotencyKey: true, consumes: 'application/json', produces: 'application/json', bodyRequired: true },
  { operation: 'sendEmailBatch', method: 'post', path: '/emails/batch', scope: 'send', takesIdempotencyKey: true, consumes: 'application/json', produces: 'application/json', bodyRequired: true },
  { operation: 'sendRawEmail', method: 'post', path: '/emails/raw', scope: 'send', takesIdempotencyKey: true, consumes: 'message/rfc822', produces: 'application/json', bodyRequired: true },
  { operation: 'getEmail', method: 'get', path: '/emails/:email_id', scope: 'read', takesIdempotencyKey: false, consumes: undefined, produces: 'application/json', bodyRequired: false },
  { operation: 'listEmailEvents', method: 'get', path: '/emails/:email_id/events', scope: 'read', takesIdempotencyKey: false, consumes: undefined, produces: 'application/json', bodyRequired: false },
  { operation: 'listEmailAttempts', method: 'get', path: '/emails/:email_id/attempts', scope: 'read', takesIdempotencyKey: false, consumes: undefined, produces: 'application/json', bodyRequired: false },
  { operation: 'cancelEmail', method: 'post', path: '/emails/:email_id/cancel', scope: 'send', takesIdempotencyKey: false, consumes: undefined, produces: 'application/json', bodyRequired: false },
  { operation: 'listEvents', method: 'get', path: '/events', scope: 'read', takesIdempotencyKey: false, consumes: undefined, produces: 'application/json', bodyRequired: false },
  { operation: 'streamEvents', method: 'get', path: '/events/stream', scope: 'read', takesIdempotencyKey: false, consumes: undefined, produces: 'text/event-stream', bodyRequired: false },
  { operation: 'listWebhooks', method: 'get', path: '/webhooks', scope: 'read', takesIdempotencyKey: false, consumes: undefined, produces: 'application/json', bodyRequired: false },
  { operation: 'createWebhook', method: 'post', path: '/webhooks', scope: 'full', takesIdempotencyKey: true, consumes: 'application/json', produces: 'application/json', bodyRequired: true },
  { operation: 'getWebhook', method: 'get', path: '/webhooks/:webhook_id', scope: 'read', takesIdempotencyKey: false, consumes: undefined, produces: 'application/json', bodyRequired: false },
  { operation: 'updateWebhook', method: 'patch', path: '/webhooks/:webhook_id', scope: 'full', takesIdempotencyKey: false, consumes: 'application/json', produces: 'application/json', bodyRequired: true },
  { operation: 'deleteWebhook', method: 'delete', path: '/webhooks/:webhook_id', scope: 'full', takesIdempotencyKey: false, consumes: undefined, produces: undefined, bodyRequired: false },
  { operation: 'rotateWebhookSecret', method: 'post', path: '/webhooks/:webhook_id/rotate-secret', scope: 'full', takesIdempotencyKey: true, consumes: undefined, produces: 'application/json', bodyRequired: false },
  { operation: 'testWebhook', method: 'post', path: '/webhooks/:webhook_id/test', scope: 'full', takesIdempotencyKey: true, consumes: 'application/json', produces: 'application/json', bodyRequired: false },
  { operation: 'listWebhookDeliveries', method: 'get', path: '/webhooks/:webhook_id/deliveries', scope: 'read', takesIdempotencyKey: false, consumes: undefined, produces: 'application/json', bodyRequired: false },
  { operation: 'retryWebhookDelivery', method: 'post', path: '/webhooks/:webhook_id/deliveries/:delivery_id/retry', scope: 'full', takesIdempotencyKey: false, consumes: undefined, produces: 'application/json', bodyRequired: false },
  { operation: 'listDomains', method: 'get', path: '/domains', scope: 'read', takesIdempotencyKey: false, consumes: undefined, produces: 'application/json', bodyRequired: false },
  { operation: 'createDomain', method: 'post', path: '/domains', scope: 'full', takesIdempotencyKey: true, consumes: 'application/json', produces: 'application/json', bodyRequired: true },
  { operation: 'getDomain', method: 'get', path: '/domains/:domain_id', scope: 'read', takesIdempotencyKey: false, consumes: undefined, produces: 'application/json', bodyRequired: false },
  { operation: 'updateDomain', method: 'patch', path: '/domains/:domain_id', scope: 'full', takesIdempotencyKey: false, consumes: 'application/json', produces: 'application/json', bodyRequired: true },
  { operation: 'deleteDomain', method: 'delete', path: '/domains/:domain_id', scope: 'full', takesIdempotencyKey: false, consumes: undefined, produces: undefined, bodyRequired: false },
  { operation: 'verifyDomain', method: 'post', path: '/domains/:domain_id/verify', scope: 'full', takesIdempotencyKey: false, consumes: undefined, produces: 'application/json', bodyRequired: false },
  { operation: 'rotateDomainDkim', method: 'post', path: '/domains/:domain_id/rotate-dkim', scope: 'full', takesIdempotencyKey: true, consumes: undefined, produces: 'application/json', bodyRequired: false },
  { operation: 'listSuppressions', method: 'get', path: '/suppressions', scope: 'read', takesIdempotencyKey: false, consumes: undefined, produces: 'application/json', bodyRequired: false },
  { operation: 'createSuppression', method: 'post', path: '/suppressions', scope: 'full', takesIdempotencyKey: true, consumes: 'application/json', produces: 'application/json', bodyRequired: true },
  { operation: 'importSuppressions', method: 'post', path: '/suppressions/import', scope: 'full', takesIdempotencyKey: false, consumes: 'text/csv', produces: 'application/json', bodyRequired: true },
  { operation: 'exportSuppressions', method: 'get', path: '/suppressions/export', scope: 'read', takesIdempotencyKey: false, consumes: undefined, produces: 'text/csv', bodyRequired: false },
  { operation: 'getSuppression', method: 'get', path: '/suppressions/:address', scope: 'read', takesIdempotencyKey: false, consumes: undefined, produces: 'application/json', bodyRequired: false },
  { operation: 'deleteSuppression', method: 'delete', path: '/suppressions/:address', scope: 'full', takesIdempotencyKey: false, consumes: undefined, produces: undefined, bodyRequired: false },
  { operation: 'getRecipient', method: 'get', path: '/recipients/:address', scope: 'read', takesIdempotencyKey: false, consumes: undefined, produces: 'application/json', bodyRequired: false },
  { operation: 'listReports', method: 'get', path: '/reports', scope: 'read', takesIdempotencyKey: false, consumes: undefined, produces: 'application/json', bodyRequired: false },
  { operation: 'getReport', method: 'get', path: '/reports/:report_id', scope: 'read', takesIdempotencyKey: false, consumes: undefined, produces: 'application/json', bodyRequired: false },
  { operation: 'getReportSource', method: 'get', path: '/reports/:report_id/source', scope: 'read', takesIdempotencyKey: false, consumes: undefined, produces: 'message/rfc822', bodyRequired: false },
  { operation: 'listApiKeys', method: 'get', path: '/api-keys', scope: 'full', takesIdempotencyKey: false, consumes: undefined, produces: 'application/json', bodyRequired: false },
  { operation: 'createApiKey', method: 'post', path: '/api-keys', scope: 'full', takesIdempotencyKey: true, consumes: 'application/json', produces: 'application/json', bodyRequired: true },
  { operation: 'revokeApiKey', method: 'delete', path: '/api-keys/:api_key_id', scope: 'full', takesIdempotencyKey: false, consumes: undefined, produces: undefined, bodyRequired: false },
  { operation: 'getIdempotencyKey', method: 'get', path: '/idempotency-keys/:key', scope: 'read', takesIdempotencyKey: false, consumes: undefined, produces: 'application/json', bodyRequired: false },
  { operation: 'getAccount', method: 'get', path: '/account', scope: 'any', takesIdempotencyKey: false, consumes: undefined, produces: 'application/json', bodyRequired: false },
  { operation: 'updateAccount', method: 'patch', path: '/account', scope: 'full', takesIdempotencyKey: false, consumes: 'application/json', produces: 'application/json', bodyRequired: true },
  { operation: 'listTestMessages', method: 'get', path: '/test/messages', scope: 'read', takesIdempotencyKey: false, consumes: undefined, produces: 'application/json', bodyRequired: false },
  { operation: 'getTestMessage', method: 'get', path: '/test/messages/:test_message_id', scope: 'read', takesIdempotencyKey: false, consumes: undefined, produces: 'application/json', bodyRequired: false },
  { operation: 'getTestMessageSource', method: 'get', path: '/test/messages/:test_message_id/source', scope: 'read', takesIdempotencyKey: false, consumes: undefined, produces: 'message/rfc822', bodyRequired: false },
];
