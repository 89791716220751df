import type { LineFault, Suppression, SuppressionReason } from '../generated/types.gen.ts';
import { canonicalAddress, isAddress } from './address.ts';
import { type CsvRecord, csvOf, OddQuote, recordsOf } from './csv.ts';
import { schemas } from './generated/schemas.gen.ts';
import { invalid, Refusal } from './problem.ts';

/* Files of suppressions, by the server's own rules (server/http/suppressions-csv). A test holds both against each other. */

type Imported = Pick<Suppression, 'address' | 'topic' | 'reason' | 'expires_at'>;

export interface ReadCsv {
  /** Each address once for each topic, with the longest of what the file says. */
  suppressions: Imported[];
  /** Lines that repeat one. */
  repeated: number;
  faults: LineFault[];
}

const MAX_LINES = 100_000;
const FORMULA = /^'*[=+\-@\t\r＝＋－＠]/;
const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?(Z|[+-]\d\d:\d\d)$/i;
const BROKEN = 'is not valid CSV, so nothing from here on was read: look for a quote that does not match';
const COLUMNS = ['address', 'topic', 'reason', 'expires_at', 'created_at', 'source_message_id', 'diagnostic'] as const;

/** The live suppressions by address, with no cell that a spreadsheet would compute. */
export function writeSuppressionsCsv(list: readonly Suppression[]): string {
  const cells = (suppression: Suppression) =>
    COLUMNS.map((column) => suppression[column] ?? '').map((cell) => (FORMULA.test(cell) ? `'${cell}` : cell));
  const place = ({ address, topic }: Suppression) => `${address} ${topic ?? ''}`;
  return csvOf([COLUMNS, ...list.toSorted((a, b) => (place(a) < place(b) ? -1 : 1)).map(cells)]);
}

/** Reads such a file. Throws a Refusal for one that is none; a line's own fault is told and the rest is read. */
export function readSuppressionsCsv(bytes: Uint8Array, now: Date): ReadCsv {
  const text = textOf(bytes);
  const byAddress = new Map<string, Imported>();
  const faults: LineFault[] = [];
  let good = 0;
  let columns: Columns | undefined;
  const { records, broken } = recordsIn(text);
  for (const { line, cells } of records) {
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
    const key = `${read.topic ?? ''} ${read.address}`;
    const known = byAddress.get(key);
    if (!known || isLonger(read.expires_at, known.expires_at)) byAddress.set(key, read);
  }
  if (broken) faults.push(broken);
  if (!columns && !faults.length) throw invalid({ pointer: '', detail: 'the file is empty' });
  return { suppressions: [...byAddress.values()], repeated: good - byAddress.size, faults };
}

/** Does one end later than the other? Null is never. */
export function isLonger(one: string | null, other: string | null): boolean {
  return other !== null && (one === null || new Date(one) > new Date(other));
}

function textOf(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw invalid({ pointer: '', detail: 'the file is not in UTF-8; save it as "CSV UTF-8"' });
  }
}

/** All records, and a fault where the file breaks off. */
function recordsIn(text: string): { records: CsvRecord[]; broken?: LineFault } {
  // Spreadsheets write semicolons where the comma is the decimal sign.
  const first = text.split(/\r?\n/, 1)[0] ?? '';
  const delimiter = first.includes(';') && !first.includes(',') ? ';' : ',';
  const records: CsvRecord[] = [];
  try {
    for (const record of recordsOf(text, delimiter)) {
      if (records.push(record) <= MAX_LINES + 1) continue;
      throw new Refusal('payload-too-large', `A file may have ${MAX_LINES} lines; split it.`);
    }
  } catch (error) {
    if (!(error instanceof OddQuote)) throw error;
    return { records, broken: { line: error.line, detail: BROKEN } };
  }
  return { records };
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
  if (isAddress(undefuse(cells[0]))) return { address: 0, topic: -1, reason: -1, expires_at: -1, is_header: false };
  throw invalid({ pointer: '', detail: 'the first line must name the columns, with "address" among them' });
}

const REASONS = schemas.SuppressionReason?.enum as readonly string[];
const TOPIC = new RegExp(schemas.Topic?.pattern as string);

/** What a line says, or its fault. */
function readLine(cells: string[], columns: Columns, now: Date): Imported | string {
  const cell = (at: number) => undefuse(cells[at]);
  const address = cell(columns.address);
  if (!isAddress(address)) return `${quote(address)} is no email address`;
  const reason = cell(columns.reason) || 'manual';
  if (!REASONS.includes(reason)) return `${quote(reason)} is no reason; they are ${REASONS.join(', ')}`;
  const expires = cell(columns.expires_at);
  const expires_at = expires ? new Date(expires) : null;
  if (expires_at) {
    if (!TIME.test(expires) || Number.isNaN(expires_at.getTime()))
      return `${quote(expires)} is no time as 2099-01-01T00:00:00Z`;
    if (expires_at <= now) return `${quote(expires)} lies in the past`;
  }
  const topic = cell(columns.topic);
  if (topic && !TOPIC.test(topic)) return `${quote(topic)} is no topic`;
  return {
    address: canonicalAddress(address),
    topic: topic || null,
    reason: reason as SuppressionReason,
    expires_at: expires_at?.toISOString() ?? null,
  };
}

/** An export puts a quote before what a spreadsheet would take for a formula. */
function undefuse(cell = ''): string {
  return cell.startsWith("'") && FORMULA.test(cell) ? cell.slice(1) : cell;
}

function quote(text: string): string {
  return JSON.stringify(text.length > 80 ? `${text.slice(0, 80)}…` : text);
}
