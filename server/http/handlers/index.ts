import type { Handlers } from '../../generated/handlers.gen.ts';
import type { Context } from '../handler.ts';
import { cancelEmail } from './cancel-email.ts';
import { createApiKey } from './create-api-key.ts';
import { createDomain } from './create-domain.ts';
import { createSuppression } from './create-suppression.ts';
import { createWebhook } from './create-webhook.ts';
import { deleteDomain } from './delete-domain.ts';
import { deleteSuppression } from './delete-suppression.ts';
import { deleteWebhook } from './delete-webhook.ts';
import { exportSuppressions } from './export-suppressions.ts';
import { getAccount } from './get-account.ts';
import { getDomain } from './get-domain.ts';
import { getEmail } from './get-email.ts';
import { getIdempotencyKey } from './get-idempotency-key.ts';
import { getRecipient } from './get-recipient.ts';
import { getReport } from './get-report.ts';
import { getReportSource } from './get-report-source.ts';
import { getSuppression } from './get-suppression.ts';
import { getTestMessage } from './get-test-message.ts';
import { getTestMessageSource } from './get-test-message-source.ts';
import { getWebhook } from './get-webhook.ts';
import { importSuppressions } from './import-suppressions.ts';
import { listApiKeys } from './list-api-keys.ts';
import { listDomains } from './list-domains.ts';
import { listEmailAttempts } from './list-email-attempts.ts';
import { listEmailEvents } from './list-email-events.ts';
import { listEmails } from './list-emails.ts';
import { listEvents } from './list-events.ts';
import { listReports } from './list-reports.ts';
import { listSuppressions } from './list-suppressions.ts';
import { listTestMessages } from './list-test-messages.ts';
import { listWebhookDeliveries } from './list-webhook-deliveries.ts';
import { listWebhooks } from './list-webhooks.ts';
import { retryWebhookDelivery } from './retry-webhook-delivery.ts';
import { revokeApiKey } from './revoke-api-key.ts';
import { rotateDomainDkim } from './rotate-domain-dkim.ts';
import { rotateWebhookSecret } from './rotate-webhook-secret.ts';
import { sendEmail } from './send-email.ts';
import { sendEmailBatch } from './send-email-batch.ts';
import { sendRawEmail } from './send-raw-email.ts';
import { streamEvents } from './stream-events.ts';
import { testWebhook } from './test-webhook.ts';
import { updateAccount } from './update-account.ts';
import { updateDomain } from './update-domain.ts';
import { updateWebhook } from './update-webhook.ts';
import { verifyDomain } from './verify-domain.ts';

/** Every operation of the contract: a missing or a surplus one does not compile. */
export const handlers = {
  listEmails,
  sendEmail,
  sendEmailBatch,
  sendRawEmail,
  getEmail,
  listEmailEvents,
  listEmailAttempts,
  cancelEmail,
  listEvents,
  streamEvents,
  listWebhooks,
  createWebhook,
  getWebhook,
  updateWebhook,
  deleteWebhook,
  rotateWebhookSecret,
  testWebhook,
  listWebhookDeliveries,
  retryWebhookDelivery,
  listDomains,
  createDomain,
  getDomain,
  updateDomain,
  deleteDomain,
  verifyDomain,
  rotateDomainDkim,
  listReports,
  getReport,
  getReportSource,
  importSuppressions,
  exportSuppressions,
  listSuppressions,
  createSuppression,
  getSuppression,
  deleteSuppression,
  getRecipient,
  listApiKeys,
  createApiKey,
  revokeApiKey,
  getIdempotencyKey,
  getAccount,
  updateAccount,
  listTestMessages,
  getTestMessage,
  getTestMessageSource,
} satisfies Handlers<Context>;
