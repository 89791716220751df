import type { GetEmailData, GetEmailResponses } from '../../generated/types.gen.ts';
import type { Handler } from '../handler.ts';
import { loadEmail } from '../load-email.ts';

export const getEmail: Handler<GetEmailData, GetEmailResponses> = async (context, { path }) => ({
  status: 200,
  body: await loadEmail(context, path.email_id),
});
