import { notFound } from '../../errors/refusal.ts';
import type { GetTestMessageData, GetTestMessageResponses } from '../../generated/types.gen.ts';
import { getCaptured } from '../../inbox/index.ts';
import { readId } from '../../store/ids.ts';
import type { Handler } from '../handler.ts';

/** GET /test/messages/{test_message_id}. With the contents of the attachments. */
export const getTestMessage: Handler<GetTestMessageData, GetTestMessageResponses> = async (
  { deps, caller },
  { path },
) => {
  const id = readId('tm', path.test_message_id);
  const message = id && (await getCaptured(deps, caller.tenant_id, id));
  if (!message) throw notFound('test message');
  return { status: 200, body: message };
};
