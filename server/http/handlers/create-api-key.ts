import { randomBytes } from 'node:crypto';
import type { CreateApiKeyData, CreateApiKeyResponses } from '../../generated/types.gen.ts';
import { insertKey } from '../../store/api-keys.sql.ts';
import { newApiKey, storedForm } from '../../store/new-api-key.ts';
import { createOnce } from '../create-once.ts';
import type { Handler } from '../handler.ts';
import { presentApiKey } from '../present-api-key.ts';

export const createApiKey: Handler<CreateApiKeyData, CreateApiKeyResponses> = async (context, { body }) => {
  const { deps, caller } = context;
  const key = newApiKey(randomBytes);
  const row = {
    id: deps.newId(),
    tenant_id: caller.tenant_id,
    name: body.name,
    scope: body.scope ?? 'full',
    ...storedForm(key),
    created_at: deps.now(),
  };
  return createOnce(
    context,
    async (tx) => {
      await insertKey(tx, row);
      return { status: 201, body: { ...presentApiKey({ ...row, last_used_at: null, revoked_at: null }), key } };
    },
    { secret: true },
  );
};
