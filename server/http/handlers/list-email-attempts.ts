import { notFound } from '../../errors/refusal.ts';
import type { ListEmailAttemptsData, ListEmailAttemptsResponses } from '../../generated/types.gen.ts';
import { type AttemptPlace, listOfEmail } from '../../store/attempts.sql.ts';
import { emailExists } from '../../store/emails.sql.ts';
import { readId } from '../../store/ids.ts';
import type { Handler } from '../handler.ts';
import { page, readPlace } from '../page.ts';
import { presentAttempt } from '../present-attempt.ts';

export const listEmailAttempts: Handler<ListEmailAttemptsData, ListEmailAttemptsResponses> = async (
  { deps, caller },
  { path, query },
) => {
  const { limit = 25 } = query;
  const id = readId('em', path.email_id);
  if (!id || !(await emailExists(deps.db, caller.tenant_id, id))) throw notFound('email');
  const rows = await listOfEmail(deps.db, caller.tenant_id, id, placeIn(query.cursor), limit + 1);
  return { status: 200, body: page(rows, limit, presentAttempt, (row) => `${row.message_id} ${row.number}`) };
};

const PLACE = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12} [1-9]\d{0,8}$/;

function placeIn(cursor: string | undefined): AttemptPlace | undefined {
  const [message_id, number] = readPlace(cursor, (place) => PLACE.test(place))?.split(' ') ?? [];
  return message_id === undefined ? undefined : { message_id, number: Number(number) };
}
