import { Refusal } from '../../errors/refusal.ts';
import type { DeleteSuppressionData, DeleteSuppressionResponses } from '../../generated/types.gen.ts';
import { canonicalAddress } from '../../mail/address.ts';
import { deleteSuppression as deleteRow } from '../../store/suppressions.sql.ts';
import type { Handler } from '../handler.ts';

export const deleteSuppression: Handler<DeleteSuppressionData, DeleteSuppressionResponses> = async (
  { deps, caller },
  { path, query },
) => {
  const lifted = await deleteRow(
    deps.db,
    caller.tenant_id,
    { address: canonicalAddress(path.address), topic: query.topic ?? '' },
    deps.now(),
  );
  if (!lifted) throw new Refusal('not-found', 'This address is not suppressed.');
  return { status: 204 };
};
