import type { GetAccountData, GetAccountResponses } from '../../generated/types.gen.ts';
import { accountOf } from '../account.ts';
import type { Handler } from '../handler.ts';

export const getAccount: Handler<GetAccountData, GetAccountResponses> = async (context) => ({
  status: 200,
  body: await accountOf(context),
});
