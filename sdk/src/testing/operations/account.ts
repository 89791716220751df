import type { Account } from '../../generated/types.gen.ts';
import { MAX_REQUEST_BYTES } from '../body.ts';
import { type Behaviours, type Context, createOnce } from '../context.ts';
import { answerOf } from '../idempotency.ts';
import { newestFirst } from '../page.ts';
import { MAX_RECIPIENTS } from '../plan.ts';
import { notFound, Refusal } from '../problem.ts';
import { addKey } from '../world.ts';

/** The account, its API keys, and what its idempotency keys stand for. */
export const account = {
  getAccount: (context) => ({ status: 200, body: accountOf(context) }),

  updateAccount(context, { body }) {
    Object.assign(context.world.account, body);
    return { status: 200, body: accountOf(context) };
  },

  listApiKeys({ world }, { query }) {
    const keys = [...world.apiKeys.values()].map(({ api_key }) => api_key);
    return { status: 200, body: newestFirst(keys, query) };
  },

  createApiKey: (context, { body: { name, scope = 'full' } }) =>
    createOnce(context, () => {
      const { api_key, secret } = addKey(context.world, { name, scope });
      return { status: 201, body: { ...api_key, key: secret } };
    }),

  revokeApiKey({ world, caller }, { path }) {
    if (path.api_key_id === caller.api_key_id) {
      throw new Refusal(
        'invalid-state',
        'A key cannot revoke itself; use another one, so that you are not locked out.',
      );
    }
    const record = world.apiKeys.get(path.api_key_id);
    if (!record) throw notFound('API key');
    record.api_key.revoked_at ??= world.clock.now().toISOString();
    return { status: 204 };
  },

  getIdempotencyKey({ world }, { path: { key } }) {
    const stored = answerOf(world, key);
    if (stored) {
      const { operation, status, email_ids, created_at, expires_at } = stored;
      return {
        status: 200,
        body: {
          key,
          state: 'completed',
          operation,
          status,
          email_id: email_ids[0] ?? null,
          email_ids,
          created_at: created_at.toISOString(),
          expires_at: expires_at.toISOString(),
        },
      };
    }
    if (!world.running.has(key)) throw new Refusal('not-found', 'This key is unknown or has expired.');
    const nothing = {
      operation: null,
      status: null,
      email_id: null,
      email_ids: [],
      created_at: null,
      expires_at: null,
    };
    return { status: 200, body: { key, state: 'in_progress', ...nothing } };
  },
} satisfies Behaviours;

function accountOf({ world, caller }: Context): Account {
  return {
    ...world.account,
    api_key_id: caller.api_key_id,
    scope: caller.scope,
    delivery_mode: 'capture',
    limits: {
      requests: world.rateLimit.requests,
      window_seconds: world.rateLimit.window_s,
      recipients_per_email: MAX_RECIPIENTS,
      emails_per_batch: 500,
      request_bytes: MAX_REQUEST_BYTES,
    },
  };
}
