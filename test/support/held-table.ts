import pg from 'pg';
import type { TestDatabase } from './database.ts';

/** Keeps everybody from writing to a table, so that what writes to it is caught in the act; reading goes on. */
export async function holdTable(
  { connection }: TestDatabase,
  table: string,
): Promise<AsyncDisposable & { release(): Promise<void> }> {
  const client = new pg.Client(connection);
  await client.connect();
  await client.query(`begin; lock table ${table} in share mode`);
  let held = true;
  const release = async () => {
    if (!held) return;
    held = false;
    await client.query('commit');
    await client.end();
  };
  return { release, [Symbol.asyncDispose]: release };
}
