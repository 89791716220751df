import { listDomains as list } from '../../domains/index.ts';
import type { ListDomainsData, ListDomainsResponses } from '../../generated/types.gen.ts';
import type { Handler } from '../handler.ts';
import { page, readCursor } from '../page.ts';

export const listDomains: Handler<ListDomainsData, ListDomainsResponses> = async ({ deps, caller }, { query }) => {
  const { limit = 25, cursor } = query;
  const domains = await list(deps, caller.tenant_id, readCursor(cursor), limit + 1);
  return {
    status: 200,
    body: page(
      domains,
      limit,
      ({ shown }) => shown,
      ({ id }) => id,
    ),
  };
};
