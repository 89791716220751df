import { verifyDomain as verify } from '../../domains/index.ts';
import type { VerifyDomainData, VerifyDomainResponses } from '../../generated/types.gen.ts';
import type { Handler } from '../handler.ts';

export const verifyDomain: Handler<VerifyDomainData, VerifyDomainResponses> = async ({ deps, caller }, { path }) => ({
  status: 200,
  body: await verify(deps, caller.tenant_id, path.domain_id),
});
