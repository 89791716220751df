import { createDomain as create, prepareDomain } from '../../domains/index.ts';
import type { CreateDomainData, CreateDomainResponses } from '../../generated/types.gen.ts';
import { createOnce } from '../create-once.ts';
import type { Handler } from '../handler.ts';

export const createDomain: Handler<CreateDomainData, CreateDomainResponses> = async (context, { body }) => {
  const { deps, caller } = context;
  const reply = await createOnce(
    context,
    async (tx, prepared) => ({ status: 201 as const, body: await create(deps, tx, caller.tenant_id, prepared) }),
    { prepare: () => prepareDomain(deps, caller.tenant_id, body) },
  );
  deps.hints.give('domains');
  return reply;
};
