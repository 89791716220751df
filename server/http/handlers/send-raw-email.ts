import type { Idempotency } from '../../accept/index.ts';
import type { SendRawEmailData, SendRawEmailResponses } from '../../generated/types.gen.ts';
import { headerValue, splitRaw, withCrlf } from '../../mail/raw.ts';
import { restSubmission, toAcceptedEmail } from '../from-rest.ts';
import type { Handler } from '../handler.ts';
import { claimOf, parseIdempotencyKey } from '../idempotency-key.ts';
import { submit } from '../submit.ts';

type RawData = Omit<SendRawEmailData, 'body'> & { body: Uint8Array };

/** POST /emails/raw. The envelope alone says who gets it; the message passes as it is. */
export const sendRawEmail: Handler<RawData, SendRawEmailResponses> = (context, { body, query }) => {
  const bytes = Buffer.isBuffer(body) ? body : Buffer.alloc(0);
  const { mail_from, rcpt_to, source = 'rest' } = query;
  return submit(context, {
    ...restSubmission(context, [{ format: 'raw', mail_from, rcpt_to, bytes }], ([email]) => ({
      status: 202,
      body: email && toAcceptedEmail(email),
    })),
    source,
    idempotency: context.idempotency ?? keyInMessage(bytes, query),
  });
};

/** SMTP clients name a request by a header of the message itself; it is removed before delivery. */
function keyInMessage(bytes: Buffer, query: SendRawEmailData['query']): Idempotency | undefined {
  const message = withCrlf(bytes);
  const key = message && headerValue(splitRaw(message), 'x-koltrix-idempotency-key');
  return key === undefined
    ? undefined
    : claimOf(parseIdempotencyKey(key), 'sendRawEmail', { path: {}, query, body: bytes });
}
