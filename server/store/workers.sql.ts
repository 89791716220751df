import type { Queryable } from './database.ts';

/** Says that the worker is alive; answers how many are that were seen within the time, itself among them. By Postgres's clock. */
export async function reportWorker(db: Queryable, id: string, within_s: number): Promise<number> {
  const { rows } = await db.query<{ count: number }>({
    name: 'workers.report',
    text: `
      with own as (
        insert into workers (id, seen_at) values ($1, clock_timestamp())
        on conflict (id) do update set seen_at = excluded.seen_at
      ),
      dead as (
        delete from workers where id <> $1 and seen_at < clock_timestamp() - make_interval(secs => $2)
      )
      select 1 + count(*)::int as count from workers
       where id <> $1 and seen_at >= clock_timestamp() - make_interval(secs => $2)`,
    values: [id, within_s],
  });
  return rows[0]?.count ?? 1;
}

export async function deleteWorker(db: Queryable, id: string): Promise<void> {
  await db.query({ name: 'workers.delete', text: 'delete from workers where id = $1', values: [id] });
}
