import { createHash } from 'node:crypto';
import { oneLine } from '../delivery/classify.ts';
import { readSignedAddress } from '../mail/return-path.ts';
import type { Tokens } from '../mail/token.ts';
import type { Database } from '../store/database.ts';
import type { Hints } from '../store/hints.ts';
import { readId, readUuid, showId } from '../store/ids.ts';
import type { Log } from '../store/log.ts';
import { outlast } from '../store/outlast.ts';
import {
  type ConcernedMessage,
  findConcerned,
  type Kept,
  keepReport,
  type NewReport,
  type ReportEffect,
} from '../store/reports.sql.ts';
import { suppressRepeatedSoft } from '../store/suppressions.sql.ts';
import { type JudgeContext, judge, judgeUnsubscribe } from './judge.ts';
import { type Report, readReport } from './read-report.ts';

export interface TakeDeps {
  db: Database;
  hints: Pick<Hints, 'give'>;
  tokens: Pick<Tokens, 'read'>;
  log: Log;
  now(): Date;
  newId(): string;
  /** Where reading waits for its turn; at once when absent. */
  inLine?<T>(work: () => Promise<T>): Promise<T>;
}

export interface Incoming {
  /** What the address that it was sent to stands for; `open` takes reports on any message. */
  door: { kind: 'return-path' | 'unsubscribe'; message_id: string } | { kind: 'open' };
  mail_from: string;
  rcpt_to: string;
  remote_address: string | null;
  /** The start of it at least. */
  source: Buffer;
  size_bytes: number;
}

/** `unrelated`: it names no message of ours, so it is nobody's and was not kept. */
export type Taken = Kept['outcome'] | 'unrelated';

const READ_TIMEOUT_MS = 5_000;
/** A restart of Postgres is waited for; a longer absence is answered 451. */
const PATIENCE_MS = 5_000;

/** Reads a report, finds its message, and keeps it with what follows from it. Resolves after the commit. */
export async function takeReport(deps: TakeDeps, incoming: Incoming): Promise<Taken> {
  const { db, log, now, newId, inLine = (work) => work() } = deps;
  const report = await inLine(() => readReport(incoming.source, { timeout_ms: READ_TIMEOUT_MS }));
  const match = await matchOf(deps, incoming, report);
  if (!match) return 'unrelated';
  const id = newId();
  const reading = report.reading;
  const reporting_mta = reading.shape === 'delivery-report' ? reading.reporting_mta : null;
  const context: JudgeContext = { report_id: showId('rep', id), reporting_mta, now: now() };
  const { effect, ...judgement } =
    incoming.door.kind === 'unsubscribe'
      ? judgeUnsubscribe(reading, match.message, context)
      : judge(reading, match.message, context);
  const row = {
    id,
    ...judgement,
    message_id: match.message.id,
    event_id: newId(),
    signed: match.signed,
    mail_from: printable(incoming.mail_from),
    rcpt_to: printable(incoming.rcpt_to),
    remote_address: incoming.remote_address,
    reporting_mta,
    size_bytes: incoming.size_bytes,
    source: incoming.source,
    fingerprint: fingerprintOf(incoming),
    received_at: context.now,
  };
  // Whoever has seen a message can write its Message-ID; nobody's address is suppressed on such a word.
  const kept = await outlast(() => keep(db, row, match.signed ? effect : undefined), PATIENCE_MS);
  if (!kept) return 'unrelated';
  tell(deps, kept);
  if (kept.outcome === 'kept') {
    log.info({ report_id: row.id, kind: row.kind, signed: row.signed, effective: kept.effective }, 'report taken');
  }
  return kept.outcome;
}

/** Only a soft bounce asks for a look at what was before it, and so for more than one statement. */
function keep(db: Database, report: NewReport, effect: ReportEffect | undefined): Promise<Kept | undefined> {
  if (effect?.suppression?.reason !== 'soft') return keepReport(db, report, effect);
  return db.transaction(async (tx) => {
    const kept = await keepReport(tx, report, effect);
    if (kept?.effective) await suppressRepeatedSoft(tx, [report.message_id], report.received_at);
    return kept;
  });
}

/** By the address's token; else by a token in the report; else by an id of ours in it, which is no proof. */
async function matchOf(
  { db, tokens }: TakeDeps,
  { door }: Incoming,
  { mentions }: Report,
): Promise<{ message: ConcernedMessage; signed: boolean } | undefined> {
  const claims =
    door.kind === 'open'
      ? mentions.signed.flatMap((local_part) => readSignedAddress(tokens, local_part)?.claim.message_id ?? [])
      : [door.message_id];
  const proven = claims.length ? await outlast(() => findConcerned(db, claims), PATIENCE_MS) : undefined;
  if (proven) return { message: proven, signed: true };
  const ids = mentions.message_ids.flatMap((id) => readId('msg', id) ?? []);
  const envelope_id = readUuid(mentions.envelope_id ?? '');
  if (envelope_id) ids.push(envelope_id);
  const mentioned = ids.length ? await outlast(() => findConcerned(db, ids), PATIENCE_MS) : undefined;
  return mentioned && { message: mentioned, signed: false };
}

/** Over the body and where it went: the header of one that is sent again by another way gains `Received` lines. */
function fingerprintOf({ rcpt_to, source }: Incoming): Buffer {
  const blank = /\r?\n\r?\n/.exec(source.toString('latin1'));
  const body = blank ? source.subarray(blank.index) : source;
  return createHash('sha256').update(rcpt_to.toLowerCase()).update('\0').update(body).digest();
}

function printable(address: string): string {
  return oneLine(address).slice(0, 320);
}

function tell({ hints }: TakeDeps, { effective, tenant_id, webhooks }: Kept): void {
  if (effective) hints.give(`events:${tenant_id}`);
  if (webhooks) hints.give('webhooks');
}
