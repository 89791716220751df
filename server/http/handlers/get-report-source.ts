import { notFound } from '../../errors/refusal.ts';
import type { GetReportSourceData } from '../../generated/types.gen.ts';
import { readId } from '../../store/ids.ts';
import { readSource } from '../../store/reports.sql.ts';
import type { Handler } from '../handler.ts';

/** GET /reports/{report_id}/source. The bytes as they came, or the start of them. */
export const getReportSource: Handler<GetReportSourceData, { 200: Uint8Array }> = async (
  { deps, caller },
  { path },
) => {
  const id = readId('rep', path.report_id);
  const source = id && (await readSource(deps.db, caller.tenant_id, id));
  if (!source) throw notFound('report');
  return { status: 200, body: source };
};
