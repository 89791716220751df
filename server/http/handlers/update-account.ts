import type { UpdateAccountData, UpdateAccountResponses } from '../../generated/types.gen.ts';
import { updateTenant } from '../../store/tenants.sql.ts';
import { accountOf } from '../account.ts';
import type { Handler } from '../handler.ts';

export const updateAccount: Handler<UpdateAccountData, UpdateAccountResponses> = async (context, { body }) => {
  const { deps, caller } = context;
  await updateTenant(deps.db, caller.tenant_id, body);
  deps.hints.give('domains');
  return { status: 200, body: await accountOf(context) };
};
