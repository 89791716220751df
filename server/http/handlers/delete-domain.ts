import { deleteDomain as remove } from '../../domains/index.ts';
import type { DeleteDomainData, DeleteDomainResponses } from '../../generated/types.gen.ts';
import type { Handler } from '../handler.ts';

export const deleteDomain: Handler<DeleteDomainData, DeleteDomainResponses> = async ({ deps, caller }, { path }) => {
  await remove(deps, caller.tenant_id, path.domain_id);
  deps.hints.give('domains');
  return { status: 204 };
};
