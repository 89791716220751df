import { notFound } from '../../errors/refusal.ts';
import type { GetReportData, GetReportResponses } from '../../generated/types.gen.ts';
import { readId } from '../../store/ids.ts';
import { findReport } from '../../store/reports.sql.ts';
import type { Handler } from '../handler.ts';
import { presentReport } from '../present-report.ts';

export const getReport: Handler<GetReportData, GetReportResponses> = async ({ deps, caller }, { path }) => {
  const id = readId('rep', path.report_id);
  const row = id && (await findReport(deps.db, caller.tenant_id, id));
  if (!row) throw notFound('report');
  return { status: 200, body: presentReport(row) };
};
