import { getDomain as get } from '../../domains/index.ts';
import type { GetDomainData, GetDomainResponses } from '../../generated/types.gen.ts';
import type { Handler } from '../handler.ts';

export const getDomain: Handler<GetDomainData, GetDomainResponses> = async ({ deps, caller }, { path }) => ({
  status: 200,
  body: await get(deps, caller.tenant_id, path.domain_id),
});
