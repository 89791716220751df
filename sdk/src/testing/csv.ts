/** A record of a CSV file. */
export interface CsvRecord {
  /** On which it ends, from 1. */
  line: number;
  cells: string[];
}

/** A quote that none closes, or with text behind it. */
export class OddQuote extends Error {
  readonly line: number;

  constructor(line: number) {
    super('A quote does not match');
    this.line = line;
  }
}

/**
 * Reads CSV (RFC 4180) as the server does: cells are trimmed, blank lines skipped, a quote within a cell is a character, and
 * lines end as the first one does. Throws an OddQuote behind the last record before it.
 */
export function* recordsOf(text: string, delimiter: string): Generator<CsvRecord, void, undefined> {
  const [newline = '\n'] = /\r\n|\n|\r/.exec(text) ?? [];
  const isEnd = (at: number) => at >= text.length || text.startsWith(delimiter, at) || text.startsWith(newline, at);
  let [line, at] = [1, 0];
  let cells: string[] = [];
  while (at < text.length) {
    let cell = '';
    at = pastSpace(text, at, newline);
    if (text[at] === '"') {
      for (at++; ; ) {
        if (at >= text.length) throw new OddQuote(line);
        if (text.startsWith(newline, at)) line++;
        if (text.startsWith('""', at)) {
          cell += '"';
          at += 2;
        } else if (text[at] !== '"') cell += text[at++];
        else break;
      }
      at = pastSpace(text, at + 1, newline);
      if (!isEnd(at)) throw new OddQuote(line);
    }
    const bare = at;
    while (!isEnd(at)) at++;
    cells.push(cell + text.slice(bare, at).trimEnd());
    if (text.startsWith(delimiter, at)) {
      at += delimiter.length;
      if (at < text.length) continue;
      cells.push('');
    }
    if (cells.length > 1 || cells[0]) yield { line, cells };
    cells = [];
    at += newline.length;
    line++;
  }
}

/** Behind the blanks at a place; the end of a line is none. */
function pastSpace(text: string, start: number, newline: string): number {
  let at = start;
  while (/[ \t\f\r\n]/.test(text.charAt(at)) && !text.startsWith(newline, at)) at++;
  return at;
}

/** Records as CSV: CRLF behind each, quotes where they are needed. */
export function csvOf(records: readonly (readonly string[])[]): string {
  return records.map((cells) => `${cells.map(quoted).join(',')}\r\n`).join('');
}

const quoted = (cell: string) => (/[",\r\n]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell);
