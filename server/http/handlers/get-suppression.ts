import { Refusal } from '../../errors/refusal.ts';
import type { GetSuppressionData, GetSuppressionResponses } from '../../generated/types.gen.ts';
import { canonicalAddress } from '../../mail/address.ts';
import { findSuppression } from '../../store/suppressions.sql.ts';
import type { Handler } from '../handler.ts';
import { presentSuppression } from '../present-suppression.ts';

export const getSuppression: Handler<GetSuppressionData, GetSuppressionResponses> = async (
  { deps, caller },
  { path, query },
) => {
  const row = await findSuppression(
    deps.db,
    caller.tenant_id,
    { address: canonicalAddress(path.address), topic: query.topic ?? '' },
    deps.now(),
  );
  if (!row) throw new Refusal('not-found', 'This address is not suppressed.');
  return { status: 200, body: presentSuppression(row) };
};
