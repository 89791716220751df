import { isUtf8 } from 'node:buffer';
import { pipeline } from 'node:stream/promises';
import { setImmediate as breathe } from 'node:timers/promises';
import { CsvError, parse } from 'csv-parse';
import { invalid, Refusal } from '../../errors/refusal.ts';
import type { LineFault, SuppressionReason } from '../../generated/types.gen.ts';
import { canonicalAddress, isAddress } from '../../mail/address.ts';
import { undefuse } from './formula.ts';

export interface ImportedSuppression {
  /** Canonical form. */
  address: string;
  /** Empty: from all mail. */
  topic: string;
  reason: SuppressionReason;
  expires_at: Date | null;
}

export interface ReadCsv {
  /** Each address once for each topic, with the longest of what the file says. */
  suppressions: ImportedSuppression[];
  /** Lines that repeat one. */
  repeated: number;
  /** All of them. */
  faults: LineFault[];
}

const MAX_LINES = 100_000;
const MAX_LINE_BYTES = 16 * 1024;
const PIECE_BYTES = 64 * 1024;

/** Reads a file of suppressions. Throws a Refusal for one that is none; a line's own fault is told and the rest is read. */
export async function readSuppressionsCsv(bytes: Uint8Array, now: Date): Promise<ReadCsv> {
  if (!isUtf8(bytes)) throw invalid({ pointer: '', detail: 'the file is not in UTF-8; save it as "CSV UTF-8"' });
  const byAddress = new Map<string, ImportedSuppression>();
  const faults: LineFault[] = [];
  let good = 0;
  let columns: Columns | undefined;
  for (const { line, cells, broken } of await recordsOf(bytes)) {
    if (broken) {
      faults.push({ line, detail: broken });
      continue;
    }
    if (!columns) {
      columns = columnsOf(cells);
      if (columns.is_header) continue;
    }
    const read = readLine(cells, columns, now);
    if (typeof read === 'string') {
      faults.push({ line, detail: read });
      continue;
    }
    good++;
    const key = `${read.topic} ${read.address}`;
    const known = byAddress.get(key);
    if (!known || isLonger(read, known)) byAddress.set(key, read);
  }
  if (!columns && !faults.length) throw invalid({ pointer: '', detail: 'the file is empty' });
  return { suppressions: [...byAddress.values()], repeated: good - byAddress.size, faults };
}

interface Record {
  line: number;
  cells: string[];
  broken?: string;
}

/** Ends at the first line that is no CSV: after a quote that does not match, cells and lines are anybody's guess. */
async function recordsOf(bytes: Uint8Array): Promise<Record[]> {
  const records: Record[] = [];
  // The parser counts a CRLF within quotes twice.
  let counted_twice = 0;
  const parser = parse({
    bom: true,
    delimiter: delimiterOf(bytes),
    trim: true,
    skip_empty_lines: true,
    relax_column_count: true,
    relax_quotes: true,
    max_record_size: MAX_LINE_BYTES,
    on_record(cells: string[], { lines }) {
      for (const cell of cells) counted_twice += cell.split('\r\n').length - 1;
      if (records.push({ line: lines - counted_twice, cells }) > MAX_LINES + 1) throw tooLong();
      // Nothing comes out of the parser: what is in it when it fails would be lost.
      return null;
    },
  });
  const source = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  try {
    await pipeline(pieces(source), parser.resume());
  } catch (error) {
    if (!(error instanceof CsvError)) throw error;
    records.push({ line: Math.max(1, (Number(error.lines) || 1) - counted_twice), cells: [], broken: BROKEN });
  }
  return records;
}

const BROKEN = 'is not valid CSV, so nothing from here on was read: look for a quote that does not match';

/** With a turn of the event loop between them. */
async function* pieces(bytes: Buffer): AsyncGenerator<Buffer> {
  for (let at = 0; at < bytes.length; at += PIECE_BYTES) {
    if (at) await breathe();
    yield bytes.subarray(at, at + PIECE_BYTES);
  }
}

/** Spreadsheets write semicolons where the comma is the decimal sign. */
function delimiterOf(bytes: Uint8Array): string {
  const first = Buffer.from(bytes.subarray(0, MAX_LINE_BYTES)).toString().split(/\r?\n/, 1)[0] ?? '';
  return first.includes(';') && !first.includes(',') ? ';' : ',';
}

interface Columns {
  address: number;
  /** -1 when there is none. */
  topic: number;
  reason: number;
  expires_at: number;
  is_header: boolean;
}

/** From the header; a file whose first line is an address has none. */
function columnsOf(cells: string[]): Columns {
  const names = cells.map((cell) => cell.toLowerCase());
  const address = names.findIndex((name) => name === 'address' || name === 'email');
  if (address >= 0) {
    const [topic, reason, expires_at] = [names.indexOf('topic'), names.indexOf('reason'), names.indexOf('expires_at')];
    return { address, topic, reason, expires_at, is_header: true };
  }
  if (isAddress(undefuse(cells[0] ?? '')))
    return { address: 0, topic: -1, reason: -1, expires_at: -1, is_header: false };
  throw invalid({ pointer: '', detail: 'the first line must name the columns, with "address" among them' });
}

const REASONS: Readonly<globalThis.Record<SuppressionReason, true>> = {
  hard: true,
  soft: true,
  block: true,
  unknown: true,
  'repeated-soft': true,
  complaint: true,
  unsubscribe: true,
  manual: true,
};
/** The contract's `Topic`. */
const TOPIC = /^[a-z0-9][a-z0-9_-]{0,63}$/;
const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?(Z|[+-]\d\d:\d\d)$/i;

/** What a line says, or its fault. */
function readLine(cells: string[], columns: Columns, now: Date): ImportedSuppression | string {
  const cell = (at: number) => undefuse(cells[at] ?? '');
  const address = cell(columns.address);
  if (!isAddress(address)) return `${quote(address)} is no email address`;
  const reason = (columns.reason >= 0 && cell(columns.reason)) || 'manual';
  if (!Object.hasOwn(REASONS, reason))
    return `${quote(reason)} is no reason; they are ${Object.keys(REASONS).join(', ')}`;
  const expires = columns.expires_at >= 0 ? cell(columns.expires_at) : '';
  const expires_at = expires ? new Date(expires) : null;
  if (expires_at) {
    if (!TIME.test(expires) || Number.isNaN(expires_at.getTime()))
      return `${quote(expires)} is no time as 2099-01-01T00:00:00Z`;
    if (expires_at <= now) return `${quote(expires)} lies in the past`;
  }
  const topic = columns.topic >= 0 ? cell(columns.topic) : '';
  if (topic && !TOPIC.test(topic)) return `${quote(topic)} is no topic`;
  return { address: canonicalAddress(address), topic, reason: reason as SuppressionReason, expires_at };
}

function isLonger(one: ImportedSuppression, other: ImportedSuppression): boolean {
  if (!other.expires_at) return false;
  return !one.expires_at || one.expires_at > other.expires_at;
}

function quote(text: string): string {
  return JSON.stringify(text.length > 80 ? `${text.slice(0, 80)}…` : text);
}

function tooLong(): Refusal {
  return new Refusal('payload-too-large', `A file may have ${MAX_LINES} lines; split it.`);
}
