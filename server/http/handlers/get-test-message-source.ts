import { notFound } from '../../errors/refusal.ts';
import type { GetTestMessageSourceData } from '../../generated/types.gen.ts';
import { getSource } from '../../inbox/index.ts';
import { readId } from '../../store/ids.ts';
import type { Handler } from '../handler.ts';

/** GET /test/messages/{test_message_id}/source. The exact bytes that the inbox got. */
export const getTestMessageSource: Handler<GetTestMessageSourceData, { 200: Uint8Array }> = async (
  { deps, caller },
  { path },
) => {
  const id = readId('tm', path.test_message_id);
  const source = id && (await getSource(deps, caller.tenant_id, id));
  if (!source) throw notFound('test message');
  return { status: 200, body: source };
};
