import type { ListTestMessagesData, ListTestMessagesResponses } from '../../generated/types.gen.ts';
import { listCaptured } from '../../inbox/index.ts';
import { canonicalAddress } from '../../mail/address.ts';
import type { Handler } from '../handler.ts';
import { readCursor, writeCursor } from '../page.ts';

/** GET /test/messages. With `wait` the answer is held back until a message matches. */
export const listTestMessages: Handler<ListTestMessagesData, ListTestMessagesResponses> = async (
  { deps, caller, signal },
  { query: { to, since, wait = 0, limit = 25, cursor } },
) => {
  const { messages, next } = await listCaptured(deps, caller.tenant_id, {
    to: to === undefined ? undefined : canonicalAddress(to),
    since: since === undefined ? undefined : new Date(since),
    after: readCursor(cursor),
    limit,
    wait_s: wait,
    signal,
  });
  return { status: 200, body: { data: messages, next_cursor: next && writeCursor(next) } };
};
