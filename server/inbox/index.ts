import type { TestMessage } from '../generated/types.gen.ts';
import { type CapturedRow, type ListOptions, listHeads, readCaptured } from '../store/captured-messages.sql.ts';
import type { Queryable } from '../store/database.ts';
import { hangDoorbell } from '../store/doorbell.ts';
import type { Hints } from '../store/hints.ts';
import { parseMail } from './parse.ts';
import { toTestMessage } from './present.ts';

/** How often a waiting reader looks when no hint comes. */
const POLL_MS = 1_000;

export interface ListQuery extends ListOptions {
  /** How long to wait for the first match; 0: not at all. */
  wait_s: number;
  /** Ends the wait early: nobody is interested any more. */
  signal: AbortSignal;
}

export interface CapturedList {
  messages: TestMessage[];
  /** When there are older ones that match: the uuid of the last one here, after which they come. */
  next: string | null;
}

/** A page ends early rather than hold more than this, for the sources go out with it. */
const PAGE_BYTES = 16 * 1024 * 1024;
const PARSE_TIMEOUT_MS = 10_000;

/** A tenant's captured messages, newest first. Waits for the first match as long as it may; empty when none has come. */
export async function listCaptured(
  { db, hints }: { db: Queryable; hints: Pick<Hints, 'on'> },
  tenant_id: string,
  query: ListQuery,
): Promise<CapturedList> {
  const look = () => listHeads(db, tenant_id, { ...query, limit: query.limit + 1 });
  const heads = query.wait_s > 0 ? await lookUntilFound(look, hints, tenant_id, query) : await look();
  const fitting = fit(heads, query.limit);
  const rows = fitting.length ? await readCaptured(db, tenant_id, fitting) : [];
  const messages = await Promise.all(rows.map((row) => present(row, { contents: false })));
  return { messages, next: heads.length > fitting.length ? (fitting.at(-1) ?? null) : null };
}

async function lookUntilFound<Head>(
  look: () => Promise<Head[]>,
  hints: Pick<Hints, 'on'>,
  tenant_id: string,
  { wait_s, signal }: ListQuery,
): Promise<Head[]> {
  using doorbell = hangDoorbell(hints, `captured:${tenant_id}`);
  const ends = AbortSignal.any([signal, AbortSignal.timeout(wait_s * 1_000)]);
  let heads = await look();
  while (!heads.length && !ends.aborted) {
    await doorbell.wait(ends, POLL_MS);
    if (!signal.aborted) heads = await look();
  }
  return heads;
}

/** The first ids: `limit` at most, and no more bytes than a page may hold, but one in any case. */
function fit(heads: readonly { id: string; size_bytes: number }[], limit: number): string[] {
  const ids: string[] = [];
  let bytes = 0;
  for (const { id, size_bytes } of heads.slice(0, limit)) {
    bytes += size_bytes;
    if (ids.length && bytes > PAGE_BYTES) break;
    ids.push(id);
  }
  return ids;
}

/** With the contents of its attachments; undefined when the tenant has no such message. */
export async function getCaptured(
  { db }: { db: Queryable },
  tenant_id: string,
  id: string,
): Promise<TestMessage | undefined> {
  const [row] = await readCaptured(db, tenant_id, [id]);
  return row && present(row, { contents: true });
}

/** The exact bytes; undefined when the tenant has no such message. */
export async function getSource({ db }: { db: Queryable }, tenant_id: string, id: string): Promise<Buffer | undefined> {
  const [row] = await readCaptured(db, tenant_id, [id]);
  return row?.source;
}

async function present(row: CapturedRow, options: { contents: boolean }): Promise<TestMessage> {
  return toTestMessage(row, await parseMail(row.source, { timeout_ms: PARSE_TIMEOUT_MS }), options);
}
