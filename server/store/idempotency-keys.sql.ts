import type { Queryable } from './database.ts';

export interface StoredAnswer {
  operation: string;
  /** SHA-256 in hexadecimal. */
  fingerprint: string;
  status: number;
  answer: Buffer;
  sealed: boolean;
  email_ids: string[];
  created_at: Date;
  expires_at: Date;
}

/** What a live key stands for. */
export async function findAnswer(
  db: Queryable,
  tenant_id: string,
  key: string,
  now: Date,
): Promise<StoredAnswer | undefined> {
  const { rows } = await db.query<StoredAnswer>({
    name: 'idempotency_keys.find_answer',
    text: `
      select operation, encode(fingerprint, 'hex') as fingerprint, status, answer, sealed, email_ids, created_at, expires_at
        from idempotency_keys where tenant_id = $1 and key = $2 and expires_at > $3`,
    values: [tenant_id, key, now],
  });
  return rows[0];
}

export interface NewAnswer {
  tenant_id: string;
  key: string;
  operation: string;
  /** SHA-256 in hexadecimal. */
  fingerprint: string;
  status: number;
  answer: Buffer;
  sealed: boolean;
  email_ids: string[];
  now: Date;
}

/** Stores the answer for 24 hours; false when the key is taken (also by a transaction that has just committed). */
export async function recordAnswer(db: Queryable, answer: NewAnswer): Promise<boolean> {
  const { rowCount } = await db.query({
    name: 'idempotency_keys.record_answer',
    text: `
      insert into idempotency_keys as k
             (tenant_id, key, operation, fingerprint, status, answer, sealed, email_ids, created_at, expires_at)
      values ($1, $2, $3, decode($4, 'hex'), $5, $6, $7, $8, $9, $9::timestamptz + interval '24 hours')
      on conflict (tenant_id, key) do update
         set operation = excluded.operation, fingerprint = excluded.fingerprint, status = excluded.status,
             answer = excluded.answer, sealed = excluded.sealed, email_ids = excluded.email_ids,
             created_at = excluded.created_at, expires_at = excluded.expires_at
       where k.expires_at <= $9`,
    values: [
      answer.tenant_id,
      answer.key,
      answer.operation,
      answer.fingerprint,
      answer.status,
      answer.answer,
      answer.sealed,
      answer.email_ids,
      answer.now,
    ],
  });
  return rowCount === 1;
}

/** Deletes up to `limit` keys that have expired; answers how many. */
export async function purgeExpiredKeys(db: Queryable, now: Date, limit: number): Promise<number> {
  const { rowCount } = await db.query({
    name: 'idempotency_keys.purge_expired',
    text: `
      delete from idempotency_keys k using (
        select tenant_id, key from idempotency_keys where expires_at <= $1 limit $2 for update skip locked
      ) old where k.tenant_id = old.tenant_id and k.key = old.key`,
    values: [now, limit],
  });
  return rowCount ?? 0;
}
