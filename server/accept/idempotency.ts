import { Refusal } from '../errors/refusal.ts';
import type { Queryable } from '../store/database.ts';
import { findAnswer } from '../store/idempotency-keys.sql.ts';
import type { Seal } from '../store/seal.ts';
import type { Answer, Idempotency } from './submission.ts';

/** Requests of this process that run under a key. Other processes are told apart by the database's unique index. */
const running = new Set<string>();

const nameOf = (tenant_id: string, key: string) => `${tenant_id} ${key}`;

/** Marks a key as running; refuses when it is already. Call the result when the request has ended. */
export function inProgress(tenant_id: string, key: string): () => void {
  const name = nameOf(tenant_id, key);
  if (running.has(name)) {
    throw new Refusal(
      'idempotency-key-in-progress',
      'A request with this key is still running; retry after a second to get its answer.',
      { retry_after_s: 1 },
    );
  }
  running.add(name);
  return () => running.delete(name);
}

export function isInProgress(tenant_id: string, key: string): boolean {
  return running.has(nameOf(tenant_id, key));
}

interface ReplayDeps {
  db: Queryable;
  seal: Pick<Seal, 'open'>;
  now(): Date;
}

/** The stored answer of the same request; undefined when the key is free; refuses when it stands for another request. */
export async function replay<Reply extends Answer>(
  deps: ReplayDeps,
  tenant_id: string,
  { key, operation, fingerprint }: Idempotency,
): Promise<Reply | undefined> {
  const stored = await findAnswer(deps.db, tenant_id, key, deps.now());
  if (!stored) return undefined;
  if (stored.operation !== operation || stored.fingerprint !== fingerprint) {
    throw new Refusal(
      'idempotency-key-reused',
      'This key stands for another request of the last 24 hours; use a new key for a new request.',
      { faults: [{ pointer: 'Idempotency-Key:', detail: 'was used for a request with other content' }] },
    );
  }
  const answer = stored.sealed ? deps.seal.open(stored.answer) : stored.answer.toString('utf8');
  return { status: stored.status, body: JSON.parse(answer) } as Reply;
}
