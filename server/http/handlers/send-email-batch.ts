import type { SendEmailBatchData, SendEmailBatchResponses } from '../../generated/types.gen.ts';
import { restSubmission, toAcceptedEmail, toSubmission } from '../from-rest.ts';
import type { Handler } from '../handler.ts';
import { submit } from '../submit.ts';

/** POST /emails/batch. All or nothing: one unit of the commit. */
export const sendEmailBatch: Handler<SendEmailBatchData, SendEmailBatchResponses> = (context, { body }) =>
  submit(
    context,
    restSubmission(
      context,
      body.emails.map((email, i) => toSubmission(email, `/emails/${i}`)),
      (emails) => ({ status: 202, body: { data: emails.map(toAcceptedEmail) } }),
    ),
  );
