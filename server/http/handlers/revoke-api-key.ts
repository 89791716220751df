import { notFound, Refusal } from '../../errors/refusal.ts';
import type { RevokeApiKeyData, RevokeApiKeyResponses } from '../../generated/types.gen.ts';
import { revokeKey } from '../../store/api-keys.sql.ts';
import { readId } from '../../store/ids.ts';
import type { Handler } from '../handler.ts';

/** Every process forgets the key at once; without Redis the others do within the five seconds of their cache. */
export const revokeApiKey: Handler<RevokeApiKeyData, RevokeApiKeyResponses> = async ({ deps, caller }, { path }) => {
  const id = readId('key', path.api_key_id);
  if (id === caller.api_key_id) {
    throw new Refusal('invalid-state', 'A key cannot revoke itself; use another one, so that you are not locked out.');
  }
  if (!id || !(await revokeKey(deps.db, caller.tenant_id, id, deps.now()))) throw notFound('API key');
  deps.hints.give('keys');
  return { status: 204 };
};
