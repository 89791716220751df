import { inProgress, replay } from '../accept/index.ts';
import type { Queryable } from '../store/database.ts';
import { recordAnswer } from '../store/idempotency-keys.sql.ts';
import type { Context } from './handler.ts';

interface CreateOnceOptions<Prepared> {
  /** The answer holds a secret, so it is stored sealed. */
  secret?: boolean;
  /** What takes its time and writes nothing: done before the transaction, and not for a replay. */
  prepare?(): Promise<Prepared>;
}

/**
 * Runs a creating operation in one transaction with its idempotency record: a repeat of the same request is answered
 * from the record and has no effect. (Emails take their own way through `accept`, which commits in groups.)
 */
export async function createOnce<Reply extends { status: number; body: unknown }, Prepared = undefined>(
  context: Context,
  work: (tx: Queryable, prepared: Prepared) => Promise<Reply>,
  { secret = false, prepare = async () => undefined as Prepared }: CreateOnceOptions<Prepared> = {},
): Promise<Reply> {
  const { deps, caller, idempotency } = context;
  if (!idempotency) {
    const prepared = await prepare();
    return deps.db.transaction((tx) => work(tx, prepared));
  }
  const release = inProgress(caller.tenant_id, idempotency.key);
  try {
    const stored = await replay<Reply>(deps, caller.tenant_id, idempotency);
    if (stored) return asReplayed(context, stored);
    const prepared = await prepare();
    return await deps.db.transaction(async (tx) => {
      const reply = await work(tx, prepared);
      const answer = JSON.stringify(reply.body);
      const recorded = await recordAnswer(tx, {
        ...idempotency,
        tenant_id: caller.tenant_id,
        status: reply.status,
        answer: secret ? deps.seal.seal(answer) : Buffer.from(answer),
        sealed: secret,
        email_ids: [],
        now: deps.now(),
      });
      if (!recorded) throw new LostRace();
      return reply;
    });
  } catch (error) {
    if (!(error instanceof LostRace)) throw error;
    const stored = await replay<Reply>(deps, caller.tenant_id, idempotency);
    if (!stored) throw error;
    return asReplayed(context, stored);
  } finally {
    release();
  }
}

/** Another process has committed the same key meanwhile; this transaction is rolled back. */
class LostRace extends Error {}

function asReplayed<Reply>(context: Context, reply: Reply): Reply {
  context.replayed = true;
  return reply;
}
