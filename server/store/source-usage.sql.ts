import type { Queryable } from './database.ts';

export interface SourceDay {
  /** Our address, and the name of the receiver. */
  source: string;
  receiver: string;
  /** UTC, as `2026-11-22`. */
  day: string;
}

/** Earlier days on which mail went from the address to the receiver. */
export async function daysBefore(db: Queryable, { source, receiver, day }: SourceDay): Promise<number> {
  const { rows } = await db.query<{ days: number }>({
    name: 'source_usage.days_before',
    text: 'select count(*)::int as days from source_usage where source = $1 and receiver = $2 and day < $3',
    values: [source, receiver, day],
  });
  return rows[0]?.days ?? 0;
}

/** Counts one message, unless so many have been counted; false then. */
export async function countMessage(
  db: Queryable,
  { source, receiver, day }: SourceDay,
  most: number,
): Promise<boolean> {
  const { rowCount } = await db.query({
    name: 'source_usage.count_message',
    text: `
      insert into source_usage as u (source, receiver, day, messages) values ($1, $2, $3, 1)
      on conflict (source, receiver, day) do update set messages = u.messages + 1 where u.messages < $4`,
    values: [source, receiver, day, most],
  });
  return rowCount === 1;
}

/** Takes back the count of a message that did not go. */
export async function uncountMessage(db: Queryable, { source, receiver, day }: SourceDay): Promise<void> {
  await db.query({
    name: 'source_usage.uncount_message',
    text: 'update source_usage set messages = messages - 1 where source = $1 and receiver = $2 and day = $3',
    values: [source, receiver, day],
  });
}
