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
} from '../../generated/types.gen.ts';
import type { Schema } from '../schema.ts';

/** Request and answers of each operation. */
export interface OperationTypes {
  listEmails: { data: ListEmailsData; responses: ListEmailsResponses };
  sendEmail: { data: SendEmailData; responses: SendEmailResponses };
  sendEmailBatch: { data: SendEmailBatchData; responses: SendEmailBatchResponses };
  sendRawEmail: { data: SendRawEmailData; responses: SendRawEmailResponses };
  getEmail: { data: GetEmailData; responses: GetEmailResponses };
  listEmailEvents: { data: ListEmailEventsData; responses: ListEmailEventsResponses };
  listEmailAttempts: { data: ListEmailAttemptsData; responses: ListEmailAttemptsResponses };
  cancelEmail: { data: CancelEmailData; responses: CancelEmailResponses };
  listEvents: { data: ListEventsData; responses: ListEventsResponses };
  streamEvents: { data: StreamEventsData; responses: StreamEventsResponses };
  listWebhooks: { data: ListWebhooksData; responses: ListWebhooksResponses };
  createWebhook: { data: CreateWebhookData; responses: CreateWebhookResponses };
  getWebhook: { data: GetWebhookData; responses: GetWebhookResponses };
  updateWebhook: { data: UpdateWebhookData; responses: UpdateWebhookResponses };
  deleteWebhook: { data: DeleteWebhookData; responses: DeleteWebhookResponses };
  rotateWebhookSecret: { data: RotateWebhookSecretData; responses: RotateWebhookSecretResponses };
  testWebhook: { data: TestWebhookData; responses: TestWebhookResponses };
  listWebhookDeliveries: { data: ListWebhookDeliveriesData; responses: ListWebhookDeliveriesResponses };
  retryWebhookDelivery: { data: RetryWebhookDeliveryData; responses: RetryWebhookDeliveryResponses };
  listDomains: { data: ListDomainsData; responses: ListDomainsResponses };
  createDomain: { data: CreateDomainData; responses: CreateDomainResponses };
  getDomain: { data: GetDomainData; responses: GetDomainResponses };
  updateDomain: { data: UpdateDomainData; responses: UpdateDomainResponses };
  deleteDomain: { data: DeleteDomainData; responses: DeleteDomainResponses };
  verifyDomain: { data: VerifyDomainData; responses: VerifyDomainResponses };
  rotateDomainDkim: { data: RotateDomainDkimData; responses: RotateDomainDkimResponses };
  listSuppressions: { data: ListSuppressionsData; responses: ListSuppressionsResponses };
  createSuppression: { data: CreateSuppressionData; responses: CreateSuppressionResponses };
  importSuppressions: { data: ImportSuppressionsData; responses: ImportSuppressionsResponses };
  exportSuppressions: { data: ExportSuppressionsData; responses: ExportSuppressionsResponses };
  getSuppression: { data: GetSuppressionData; responses: GetSuppressionResponses };
  deleteSuppression: { data: DeleteSuppressionData; responses: DeleteSuppressionResponses };
  getRecipient: { data: GetRecipientData; responses: GetRecipientResponses };
  listReports: { data: ListReportsData; responses: ListReportsResponses };
  getReport: { data: GetReportData; responses: GetReportResponses };
  getReportSource: { data: GetReportSourceData; responses: GetReportSourceResponses };
  listApiKeys: { data: ListApiKeysData; responses: ListApiKeysResponses };
  createApiKey: { data: CreateApiKeyData; responses: CreateApiKeyResponses };
  revokeApiKey: { data: RevokeApiKeyData; responses: RevokeApiKeyResponses };
  getIdempotencyKey: { data: GetIdempotencyKeyData; responses: GetIdempotencyKeyResponses };
  getAccount: { data: GetAccountData; responses: GetAccountResponses };
  updateAccount: { data: UpdateAccountData; responses: UpdateAccountResponses };
  listTestMessages: { data: ListTestMessagesData; responses: ListTestMessagesResponses };
  getTestMessage: { data: GetTestMessageData; responses: GetTestMessageResponses };
  getTestMessageSource: { data: GetTestMessageSourceData; responses: GetTestMessageSourceResponses };
}

export type OperationId = keyof OperationTypes;

/** The operations as they are called in the SDK. */
export type OperationName =
  | 'emails.list'
  | 'emails.send'
  | 'emails.sendBatch'
  | 'emails.sendRaw'
  | 'emails.get'
  | 'emails.listEvents'
  | 'emails.listAttempts'
  | 'emails.cancel'
  | 'events.list'
  | 'events.stream'
  | 'webhooks.list'
  | 'webhooks.create'
  | 'webhooks.get'
  | 'webhooks.update'
  | 'webhooks.delete'
  | 'webhooks.rotateSecret'
  | 'webhooks.test'
  | 'webhooks.listDeliveries'
  | 'webhooks.retryDelivery'
  | 'domains.list'
  | 'domains.create'
  | 'domains.get'
  | 'domains.update'
  | 'domains.delete'
  | 'domains.verify'
  | 'domains.rotateDkim'
  | 'suppressions.list'
  | 'suppressions.create'
  | 'suppressions.import'
  | 'suppressions.export'
  | 'suppressions.get'
  | 'suppressions.delete'
  | 'recipients.get'
  | 'reports.list'
  | 'reports.get'
  | 'reports.getSource'
  | 'apiKeys.list'
  | 'apiKeys.create'
  | 'apiKeys.revoke'
  | 'idempotencyKeys.get'
  | 'account.get'
  | 'account.update'
  | 'testMessages.list'
  | 'testMessages.get'
  | 'testMessages.getSource';

export interface Parameter {
  name: string;
  in: 'path' | 'query';
  required: boolean;
  schema: Schema;
}

export interface Operation {
  id: OperationId;
  name: OperationName;
  method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** Below the base path, as `/emails/{email_id}`. */
  path: string;
  scope: 'full' | 'send' | 'read' | 'any';
  takesIdempotencyKey: boolean;
  /** The media type of the request's body, if it has one. */
  consumes?: string;
  bodyRequired?: boolean;
  body?: Schema;
  parameters: readonly Parameter[];
  status: number;
  /** The media type of the successful answer, if it has a body. */
  produces?: string;
  /** The statuses of its problems. */
  problems: readonly number[];
}

export const operations: readonly Operation[] = [
  {"id":"listEmails","name":"emails.list","method":"GET","path":"/emails","scope":"read","takesIdempotencyKey":false,"parameters":[{"name":"status","in":"query","required":false,"schema":{"$ref":"MessageStatus"}},{"name":"recipient","in":"query","required":false,"schema":{"$ref":"EmailAddress"}},{"name":"from","in":"query","required":false,"schema":{"$ref":"EmailAddress"}},{"name":"tag","in":"query","required":false,"schema":{"type":"string","minLength":1,"maxLength":321}},{"name":"created_after","in":"query","required":false,"schema":{"type":"string","format":"date-time"}},{"name":"created_before","in":"query","required":false,"schema":{"type":"string","format":"date-time"}},{"name":"limit","in":"query","required":false,"schema":{"type":"integer","minimum":1,"maximum":100}},{"name":"cursor","in":"query","required":false,"schema":{"type":"string","minLength":1,"maxLength":512}}],"status":200,"produces":"application/json","problems":[400,401,403,429,500,503]},
  {"id":"sendEmail","name":"emails.send","method":"POST","path":"/emails","scope":"send","takesIdempotencyKey":true,"consumes":"application/json","bodyRequired":true,"body":{"$ref":"SendEmail"},"parameters":[],"status":202,"produces":"application/json","problems":[400,401,403,409,413,415,422,429,500,503]},
  {"id":"sendEmailBatch","name":"emails.sendBatch","method":"POST","path":"/emails/batch","scope":"send","takesIdempotencyKey":true,"consumes":"application/json","bodyRequired":true,"body":{"$ref":"SendEmailBatch"},"parameters":[],"status":202,"produces":"application/json","problems":[400,401,403,409,413,415,422,429,500,503]},
  {"id":"sendRawEmail","name":"emails.sendRaw","method":"POST","path":"/emails/raw","scope":"send","takesIdempotencyKey":true,"consumes":"message/rfc822","bodyRequired":true,"parameters":[{"name":"mail_from","in":"query","required":true,"schema":{"$ref":"EmailAddress"}},{"name":"rcpt_to","in":"query","required":true,"schema":{"type":"array","minItems":1,"maxItems":1000,"items":{"$ref":"EmailAddress"}}},{"name":"source","in":"query","required":false,"schema":{"type":"string","enum":["rest","smtp"]}}],"status":202,"produces":"application/json","problems":[400,401,403,409,413,415,422,429,500,503]},
  {"id":"getEmail","name":"emails.get","method":"GET","path":"/emails/{email_id}","scope":"read","takesIdempotencyKey":false,"parameters":[{"name":"email_id","in":"path","required":true,"schema":{"$ref":"EmailId"}}],"status":200,"produces":"application/json","problems":[400,401,403,404,429,500,503]},
  {"id":"listEmailEvents","name":"emails.listEvents","method":"GET","path":"/emails/{email_id}/events","scope":"read","takesIdempotencyKey":false,"parameters":[{"name":"email_id","in":"path","required":true,"schema":{"$ref":"EmailId"}},{"name":"limit","in":"query","required":false,"schema":{"type":"integer","minimum":1,"maximum":100}},{"name":"cursor","in":"query","required":false,"schema":{"type":"string","minLength":1,"maxLength":512}}],"status":200,"produces":"application/json","problems":[400,401,403,404,429,500,503]},
  {"id":"listEmailAttempts","name":"emails.listAttempts","method":"GET","path":"/emails/{email_id}/attempts","scope":"read","takesIdempotencyKey":false,"parameters":[{"name":"email_id","in":"path","required":true,"schema":{"$ref":"EmailId"}},{"name":"limit","in":"query","required":false,"schema":{"type":"integer","minimum":1,"maximum":100}},{"name":"cursor","in":"query","required":false,"schema":{"type":"string","minLength":1,"maxLength":512}}],"status":200,"produces":"application/json","problems":[400,401,403,404,429,500,503]},
  {"id":"cancelEmail","name":"emails.cancel","method":"POST","path":"/emails/{email_id}/cancel","scope":"send","takesIdempotencyKey":false,"parameters":[{"name":"email_id","in":"path","required":true,"schema":{"$ref":"EmailId"}}],"status":200,"produces":"application/json","problems":[400,401,403,404,409,429,500,503]},
  {"id":"listEvents","name":"events.list","method":"GET","path":"/events","scope":"read","takesIdempotencyKey":false,"parameters":[{"name":"type","in":"query","required":false,"schema":{"$ref":"EventTypes"}},{"name":"after","in":"query","required":false,"schema":{"$ref":"EventId"}},{"name":"limit","in":"query","required":false,"schema":{"type":"integer","minimum":1,"maximum":100}}],"status":200,"produces":"application/json","problems":[400,401,403,429,500,503]},
  {"id":"streamEvents","name":"events.stream","method":"GET","path":"/events/stream","scope":"read","takesIdempotencyKey":false,"parameters":[{"name":"type","in":"query","required":false,"schema":{"$ref":"EventTypes"}}],"status":200,"produces":"text/event-stream","problems":[400,401,403,429,500,503]},
  {"id":"listWebhooks","name":"webhooks.list","method":"GET","path":"/webhooks","scope":"read","takesIdempotencyKey":false,"parameters":[{"name":"limit","in":"query","required":false,"schema":{"type":"integer","minimum":1,"maximum":100}},{"name":"cursor","in":"query","required":false,"schema":{"type":"string","minLength":1,"maxLength":512}}],"status":200,"produces":"application/json","problems":[400,401,403,429,500,503]},
  {"id":"createWebhook","name":"webhooks.create","method":"POST","path":"/webhooks","scope":"full","takesIdempotencyKey":true,"consumes":"application/json","bodyRequired":true,"body":{"$ref":"CreateWebhook"},"parameters":[],"status":201,"produces":"application/json","problems":[400,401,403,409,413,415,422,429,500,503]},
  {"id":"getWebhook","name":"webhooks.get","method":"GET","path":"/webhooks/{webhook_id}","scope":"read","takesIdempotencyKey":false,"parameters":[{"name":"webhook_id","in":"path","required":true,"schema":{"$ref":"WebhookId"}}],"status":200,"produces":"application/json","problems":[400,401,403,404,429,500,503]},
  {"id":"updateWebhook","name":"webhooks.update","method":"PATCH","path":"/webhooks/{webhook_id}","scope":"full","takesIdempotencyKey":false,"consumes":"application/json","bodyRequired":true,"body":{"$ref":"UpdateWebhook"},"parameters":[{"name":"webhook_id","in":"path","required":true,"schema":{"$ref":"WebhookId"}}],"status":200,"produces":"application/json","problems":[400,401,403,404,413,415,429,500,503]},
  {"id":"deleteWebhook","name":"webhooks.delete","method":"DELETE","path":"/webhooks/{webhook_id}","scope":"full","takesIdempotencyKey":false,"parameters":[{"name":"webhook_id","in":"path","required":true,"schema":{"$ref":"WebhookId"}}],"status":204,"problems":[400,401,403,404,429,500,503]},
  {"id":"rotateWebhookSecret","name":"webhooks.rotateSecret","method":"POST","path":"/webhooks/{webhook_id}/rotate-secret","scope":"full","takesIdempotencyKey":true,"parameters":[{"name":"webhook_id","in":"path","required":true,"schema":{"$ref":"WebhookId"}}],"status":201,"produces":"application/json","problems":[400,401,403,404,409,422,429,500,503]},
  {"id":"testWebhook","name":"webhooks.test","method":"POST","path":"/webhooks/{webhook_id}/test","scope":"full","takesIdempotencyKey":true,"consumes":"application/json","bodyRequired":false,"body":{"$ref":"TestWebhook"},"parameters":[{"name":"webhook_id","in":"path","required":true,"schema":{"$ref":"WebhookId"}}],"status":202,"produces":"application/json","problems":[400,401,403,404,409,413,415,422,429,500,503]},
  {"id":"listWebhookDeliveries","name":"webhooks.listDeliveries","method":"GET","path":"/webhooks/{webhook_id}/deliveries","scope":"read","takesIdempotencyKey":false,"parameters":[{"name":"webhook_id","in":"path","required":true,"schema":{"$ref":"WebhookId"}},{"name":"state","in":"query","required":false,"schema":{"$ref":"WebhookDeliveryState"}},{"name":"limit","in":"query","required":false,"schema":{"type":"integer","minimum":1,"maximum":100}},{"name":"cursor","in":"query","required":false,"schema":{"type":"string","minLength":1,"maxLength":512}}],"status":200,"produces":"application/json","problems":[400,401,403,404,429,500,503]},
  {"id":"retryWebhookDelivery","name":"webhooks.retryDelivery","method":"POST","path":"/webhooks/{webhook_id}/deliveries/{delivery_id}/retry","scope":"full","takesIdempotencyKey":false,"parameters":[{"name":"webhook_id","in":"path","required":true,"schema":{"$ref":"WebhookId"}},{"name":"delivery_id","in":"path","required":true,"schema":{"$ref":"WebhookDeliveryId"}}],"status":202,"produces":"application/json","problems":[400,401,403,404,409,429,500,503]},
  {"id":"listDomains","name":"domains.list","method":"GET","path":"/domains","scope":"read","takesIdempotencyKey":false,"parameters":[{"name":"limit","in":"query","required":false,"schema":{"type":"integer","minimum":1,"maximum":100}},{"name":"cursor","in":"query","required":false,"schema":{"type":"string","minLength":1,"maxLength":512}}],"status":200,"produces":"application/json","problems":[400,401,403,429,500,503]},
  {"id":"createDomain","name":"domains.create","method":"POST","path":"/domains","scope":"full","takesIdempotencyKey":true,"consumes":"application/json","bodyRequired":true,"body":{"$ref":"CreateDomain"},"parameters":[],"status":201,"produces":"application/json","problems":[400,401,403,409,413,415,422,429,500,503]},
  {"id":"getDomain","name":"domains.get","method":"GET","path":"/domains/{domain_id}","scope":"read","takesIdempotencyKey":false,"parameters":[{"name":"domain_id","in":"path","required":true,"schema":{"$ref":"DomainId"}}],"status":200,"produces":"application/json","problems":[400,401,403,404,429,500,503]},
  {"id":"updateDomain","name":"domains.update","method":"PATCH","path":"/domains/{domain_id}","scope":"full","takesIdempotencyKey":false,"consumes":"application/json","bodyRequired":true,"body":{"$ref":"UpdateDomain"},"parameters":[{"name":"domain_id","in":"path","required":true,"schema":{"$ref":"DomainId"}}],"status":200,"produces":"application/json","problems":[400,401,403,404,413,415,429,500,503]},
  {"id":"deleteDomain","name":"domains.delete","method":"DELETE","path":"/domains/{domain_id}","scope":"full","takesIdempotencyKey":false,"parameters":[{"name":"domain_id","in":"path","required":true,"schema":{"$ref":"DomainId"}}],"status":204,"problems":[400,401,403,404,429,500,503]},
  {"id":"verifyDomain","name":"domains.verify","method":"POST","path":"/domains/{domain_id}/verify","scope":"full","takesIdempotencyKey":false,"parameters":[{"name":"domain_id","in":"path","required":true,"schema":{"$ref":"DomainId"}}],"status":200,"produces":"application/json","problems":[400,401,403,404,429,500,503]},
  {"id":"rotateDomainDkim","name":"domains.rotateDkim","method":"POST","path":"/domains/{domain_id}/rotate-dkim","scope":"full","takesIdempotencyKey":true,"parameters":[{"name":"domain_id","in":"path","required":true,"schema":{"$ref":"DomainId"}}],"status":201,"produces":"application/json","problems":[400,401,403,404,409,422,429,500,503]},
  {"id":"listSuppressions","name":"suppressions.list","method":"GET","path":"/suppressions","scope":"read","takesIdempotencyKey":false,"parameters":[{"name":"reason","in":"query","required":false,"schema":{"$ref":"SuppressionReason"}},{"name":"limit","in":"query","required":false,"schema":{"type":"integer","minimum":1,"maximum":100}},{"name":"cursor","in":"query","required":false,"schema":{"type":"string","minLength":1,"maxLength":512}}],"status":200,"produces":"application/json","problems":[400,401,403,429,500,503]},
  {"id":"createSuppression","name":"suppressions.create","method":"POST","path":"/suppressions","scope":"full","takesIdempotencyKey":true,"consumes":"application/json","bodyRequired":true,"body":{"$ref":"CreateSuppression"},"parameters":[],"status":201,"produces":"application/json","problems":[400,401,403,409,413,415,422,429,500,503]},
  {"id":"importSuppressions","name":"suppressions.import","method":"POST","path":"/suppressions/import","scope":"full","takesIdempotencyKey":false,"consumes":"text/csv","bodyRequired":true,"parameters":[],"status":200,"produces":"application/json","problems":[400,401,403,413,415,429,500,503]},
  {"id":"exportSuppressions","name":"suppressions.export","method":"GET","path":"/suppressions/export","scope":"read","takesIdempotencyKey":false,"parameters":[],"status":200,"produces":"text/csv","problems":[401,403,429,500,503]},
  {"id":"getSuppression","name":"suppressions.get","method":"GET","path":"/suppressions/{address}","scope":"read","takesIdempotencyKey":false,"parameters":[{"name":"address","in":"path","required":true,"schema":{"$ref":"EmailAddress"}},{"name":"topic","in":"query","required":false,"schema":{"$ref":"Topic"}}],"status":200,"produces":"application/json","problems":[400,401,403,404,429,500,503]},
  {"id":"deleteSuppression","name":"suppressions.delete","method":"DELETE","path":"/suppressions/{address}","scope":"full","takesIdempotencyKey":false,"parameters":[{"name":"address","in":"path","required":true,"schema":{"$ref":"EmailAddress"}},{"name":"topic","in":"query","required":false,"schema":{"$ref":"Topic"}}],"status":204,"problems":[400,401,403,404,429,500,503]},
  {"id":"getRecipient","name":"recipients.get","method":"GET","path":"/recipients/{address}","scope":"read","takesIdempotencyKey":false,"parameters":[{"name":"address","in":"path","required":true,"schema":{"$ref":"EmailAddress"}}],"status":200,"produces":"application/json","problems":[400,401,403,404,429,500,503]},
  {"id":"listReports","name":"reports.list","method":"GET","path":"/reports","scope":"read","takesIdempotencyKey":false,"parameters":[{"name":"kind","in":"query","required":false,"schema":{"$ref":"ReportKind"}},{"name":"message_id","in":"query","required":false,"schema":{"$ref":"MessageId"}},{"name":"limit","in":"query","required":false,"schema":{"type":"integer","minimum":1,"maximum":100}},{"name":"cursor","in":"query","required":false,"schema":{"type":"string","minLength":1,"maxLength":512}}],"status":200,"produces":"application/json","problems":[400,401,403,429,500,503]},
  {"id":"getReport","name":"reports.get","method":"GET","path":"/reports/{report_id}","scope":"read","takesIdempotencyKey":false,"parameters":[{"name":"report_id","in":"path","required":true,"schema":{"$ref":"ReportId"}}],"status":200,"produces":"application/json","problems":[400,401,403,404,429,500,503]},
  {"id":"getReportSource","name":"reports.getSource","method":"GET","path":"/reports/{report_id}/source","scope":"read","takesIdempotencyKey":false,"parameters":[{"name":"report_id","in":"path","required":true,"schema":{"$ref":"ReportId"}}],"status":200,"produces":"message/rfc822","problems":[400,401,403,404,429,500,503]},
  {"id":"listApiKeys","name":"apiKeys.list","method":"GET","path":"/api-keys","scope":"full","takesIdempotencyKey":false,"parameters":[{"name":"limit","in":"query","required":false,"schema":{"type":"integer","minimum":1,"maximum":100}},{"name":"cursor","in":"query","required":false,"schema":{"type":"string","minLength":1,"maxLength":512}}],"status":200,"produces":"application/json","problems":[400,401,403,429,500,503]},
  {"id":"createApiKey","name":"apiKeys.create","method":"POST","path":"/api-keys","scope":"full","takesIdempotencyKey":true,"consumes":"application/json","bodyRequired":true,"body":{"$ref":"CreateApiKey"},"parameters":[],"status":201,"produces":"application/json","problems":[400,401,403,409,413,415,422,429,500,503]},
  {"id":"revokeApiKey","name":"apiKeys.revoke","method":"DELETE","path":"/api-keys/{api_key_id}","scope":"full","takesIdempotencyKey":false,"parameters":[{"name":"api_key_id","in":"path","required":true,"schema":{"$ref":"ApiKeyId"}}],"status":204,"problems":[400,401,403,404,409,429,500,503]},
  {"id":"getIdempotencyKey","name":"idempotencyKeys.get","method":"GET","path":"/idempotency-keys/{key}","scope":"read","takesIdempotencyKey":false,"parameters":[{"name":"key","in":"path","required":true,"schema":{"type":"string","minLength":1,"maxLength":255}}],"status":200,"produces":"application/json","problems":[400,401,403,404,429,500,503]},
  {"id":"getAccount","name":"account.get","method":"GET","path":"/account","scope":"any","takesIdempotencyKey":false,"parameters":[],"status":200,"produces":"application/json","problems":[400,401,403,429,500,503]},
  {"id":"updateAccount","name":"account.update","method":"PATCH","path":"/account","scope":"full","takesIdempotencyKey":false,"consumes":"application/json","bodyRequired":true,"body":{"$ref":"UpdateAccount"},"parameters":[],"status":200,"produces":"application/json","problems":[400,401,403,413,415,429,500,503]},
  {"id":"listTestMessages","name":"testMessages.list","method":"GET","path":"/test/messages","scope":"read","takesIdempotencyKey":false,"parameters":[{"name":"to","in":"query","required":false,"schema":{"$ref":"EmailAddress"}},{"name":"since","in":"query","required":false,"schema":{"type":"string","format":"date-time"}},{"name":"wait","in":"query","required":false,"schema":{"type":"integer","minimum":0,"maximum":30}},{"name":"limit","in":"query","required":false,"schema":{"type":"integer","minimum":1,"maximum":100}},{"name":"cursor","in":"query","required":false,"schema":{"type":"string","minLength":1,"maxLength":512}}],"status":200,"produces":"application/json","problems":[400,401,403,429,500,503]},
  {"id":"getTestMessage","name":"testMessages.get","method":"GET","path":"/test/messages/{test_message_id}","scope":"read","takesIdempotencyKey":false,"parameters":[{"name":"test_message_id","in":"path","required":true,"schema":{"$ref":"TestMessageId"}}],"status":200,"produces":"application/json","problems":[400,401,403,404,429,500,503]},
  {"id":"getTestMessageSource","name":"testMessages.getSource","method":"GET","path":"/test/messages/{test_message_id}/source","scope":"read","takesIdempotencyKey":false,"parameters":[{"name":"test_message_id","in":"path","required":true,"schema":{"$ref":"TestMessageId"}}],"status":200,"produces":"message/rfc822","problems":[400,401,403,404,429,500,503]},
];
