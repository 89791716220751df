import type { ListEmailsData, ListEmailsResponses } from '../../generated/types.gen.ts';
import { canonicalAddress } from '../../mail/address.ts';
import { type EmailFilter, listEmails as listRows } from '../../store/emails.sql.ts';
import { listOfEmails } from '../../store/outbound-messages.sql.ts';
import type { Handler } from '../handler.ts';
import { page, readCursor } from '../page.ts';
import { presentSummary } from '../present-email.ts';

export const listEmails: Handler<ListEmailsData, ListEmailsResponses> = async ({ deps, caller }, { query }) => {
  const { limit = 25, cursor } = query;
  const rows = await listRows(deps.db, caller.tenant_id, toFilter(query), readCursor(cursor), limit + 1);
  const shown = rows.slice(0, limit).map((row) => row.id);
  const messages = Map.groupBy(await listOfEmails(deps.db, caller.tenant_id, shown), (message) => message.email_id);
  return {
    status: 200,
    body: page(
      rows,
      limit,
      (row) => presentSummary(row, messages.get(row.id) ?? []),
      (row) => row.id,
    ),
  };
};

function toFilter(query: NonNullable<ListEmailsData['query']>): EmailFilter {
  const colon = query.tag?.indexOf(':') ?? -1;
  return {
    status: query.status,
    recipient: query.recipient && canonicalAddress(query.recipient),
    from: query.from && canonicalAddress(query.from),
    tag: query.tag === undefined ? undefined : splitTag(query.tag, colon),
    created_after: query.created_after === undefined ? undefined : new Date(query.created_after),
    created_before: query.created_before === undefined ? undefined : new Date(query.created_before),
  };
}

function splitTag(tag: string, colon: number): EmailFilter['tag'] {
  return colon < 0 ? { name: tag, value: undefined } : { name: tag.slice(0, colon), value: tag.slice(colon + 1) };
}
