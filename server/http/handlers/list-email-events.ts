import { notFound } from '../../errors/refusal.ts';
import { presentEvent } from '../../events/present.ts';
import type { ListEmailEventsData, ListEmailEventsResponses } from '../../generated/types.gen.ts';
import { emailExists } from '../../store/emails.sql.ts';
import { listOfEmail, placeOf, START } from '../../store/events.sql.ts';
import { readId } from '../../store/ids.ts';
import type { Handler } from '../handler.ts';
import { badCursor, page, readCursor } from '../page.ts';

export const listEmailEvents: Handler<ListEmailEventsData, ListEmailEventsResponses> = async (
  { deps, caller },
  { path, query },
) => {
  const { limit = 25 } = query;
  const id = readId('em', path.email_id);
  if (!id || !(await emailExists(deps.db, caller.tenant_id, id))) throw notFound('email');
  const last = readCursor(query.cursor);
  const after = last === undefined ? START : await placeOf(deps.db, caller.tenant_id, last);
  if (!after) throw badCursor();
  const rows = await listOfEmail(deps.db, caller.tenant_id, id, after, limit + 1);
  return { status: 200, body: page(rows, limit, presentEvent, (row) => row.id) };
};
