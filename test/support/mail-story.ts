import type { Database } from '../../server/store/database.ts';
import { rows } from './database.ts';

/** How the mail of a database stands, in few lines: for a test that has waited for it in vain. */
export async function mailStory(db: Database): Promise<Record<string, unknown>> {
  return {
    messages: await rows(
      db,
      `select status::text, count(*)::int, count(leased_by)::int as leased, max(attempt) as attempts,
              min(due_at) - now() as due_from, max(due_at) - now() as due_to, max(last_reply) as reply
         from outbound_messages group by status, left(last_reply, 10)`,
    ),
    events: await rows(db, 'select type, count(*)::int, min(created_at), max(created_at) from events group by type'),
    troubles: await rows(
      db,
      `select outcome, reply, count(*)::int, max(duration_ms) as longest_ms from attempts
        where outcome <> 'accepted' group by outcome, reply limit 10`,
    ),
    // Events lie behind the horizon of running transactions until these have ended.
    writing: await rows(
      db,
      `select datname, now() - xact_start as age, left(query, 80) as query from pg_stat_activity
        where backend_xid is not null`,
    ),
  };
}
