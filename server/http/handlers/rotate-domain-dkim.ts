import { newKeyPair, rotateDkim } from '../../domains/index.ts';
import type { RotateDomainDkimData, RotateDomainDkimResponses } from '../../generated/types.gen.ts';
import { createOnce } from '../create-once.ts';
import type { Handler } from '../handler.ts';

export const rotateDomainDkim: Handler<RotateDomainDkimData, RotateDomainDkimResponses> = (context, { path }) => {
  const { deps, caller } = context;
  return createOnce(
    context,
    async (tx, pair) => ({ status: 201, body: await rotateDkim(deps, tx, caller.tenant_id, path.domain_id, pair) }),
    { prepare: newKeyPair },
  );
};
