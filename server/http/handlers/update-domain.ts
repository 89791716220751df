import { updateDomain as update } from '../../domains/index.ts';
import type { UpdateDomainData, UpdateDomainResponses } from '../../generated/types.gen.ts';
import type { Handler } from '../handler.ts';

export const updateDomain: Handler<UpdateDomainData, UpdateDomainResponses> = async (
  { deps, caller },
  { path, body },
) => {
  const domain = await update(deps, caller.tenant_id, path.domain_id, body);
  deps.hints.give('domains');
  return { status: 200, body: domain };
};
