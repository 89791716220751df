import type { ListReportsData, ListReportsResponses } from '../../generated/types.gen.ts';
import { readId } from '../../store/ids.ts';
import { listReports as listRows } from '../../store/reports.sql.ts';
import type { Handler } from '../handler.ts';
import { page, readCursor } from '../page.ts';
import { presentReport } from '../present-report.ts';

export const listReports: Handler<ListReportsData, ListReportsResponses> = async ({ deps, caller }, { query }) => {
  const { limit = 25, cursor, kind } = query;
  const message_id = query.message_id && readId('msg', query.message_id);
  const rows = await listRows(deps.db, caller.tenant_id, { kind, message_id }, readCursor(cursor), limit + 1);
  return { status: 200, body: page(rows, limit, presentReport, (row) => row.id) };
};
