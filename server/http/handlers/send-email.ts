import type { SendEmailData, SendEmailResponses } from '../../generated/types.gen.ts';
import { restSubmission, toAcceptedEmail, toSubmission } from '../from-rest.ts';
import type { Handler } from '../handler.ts';
import { submit } from '../submit.ts';

/** POST /emails. 202 means durable: `accept` has committed. */
export const sendEmail: Handler<SendEmailData, SendEmailResponses> = (context, { body }) =>
  submit(
    context,
    restSubmission(context, [toSubmission(body, '')], ([email]) => ({
      status: 202,
      body: email && toAcceptedEmail(email),
    })),
  );
