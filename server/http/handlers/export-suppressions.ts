import type { ExportSuppressionsData } from '../../generated/types.gen.ts';
import type { Handler } from '../handler.ts';
import { suppressionsAsCsv } from '../suppressions-csv/write.ts';

export const exportSuppressions: Handler<ExportSuppressionsData, { 200: AsyncIterable<string> }> = async ({
  deps,
  caller,
}) => ({ status: 200, body: suppressionsAsCsv(deps, caller.tenant_id) });
