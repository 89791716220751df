import { stripVTControlCharacters } from 'node:util';
import type { Printer } from './printer.ts';

/**
 * What a stranger wrote, fit for one line of a terminal: a subject must not move the cursor, change the title or turn
 * the text around (C0, C1 and the bidirectional controls of Unicode TR 9).
 */
export function plain(text: string): string {
  return stripVTControlCharacters(text).replace(/[\x00-\x1f\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069]+/g, ' ');
}

/** The same for a text of several lines, which keeps them. */
export function plainLines(text: string): string {
  return text
    .split(/\r?\n/)
    .map((line) => line.split('\t').map(plain).join('\t'))
    .join('\n');
}

/** One line of JSON. JSON itself lets C1 controls through, which some terminals obey. */
export function jsonLine(value: unknown): string {
  return JSON.stringify(value).replace(
    /[\x7f-\x9f\u2028\u2029]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

/** How much of a line a text takes, its colours left out. */
export const widthOf = (text: string) => [...stripVTControlCharacters(text)].length;

/** Filled up with spaces. A longer text stays whole: what was cut cannot be copied. */
export const padded = (text: string, width: number) => text + ' '.repeat(Math.max(0, width - widthOf(text)));

function cut(text: string, width: number): string {
  const characters = [...text];
  return characters.length <= width ? text : `${characters.slice(0, Math.max(0, width - 1)).join('')}…`;
}

/** Whether a line of a list is too long for this terminal unless its cells are made smaller. */
export const isNarrow = (out: Printer) => out.width < 112;

/** Where recipients stand below each other. */
export const recipientCell = (recipient: string, out: Printer) => padded(plain(recipient), isNarrow(out) ? 18 : 26);

/** A line of a list: its cells, and of what stands behind them as much as the terminal has room for. */
export function listLine(out: Printer, cells: readonly string[], rest: string): string {
  const head = cells.join('  ');
  const room = out.width - widthOf(head) - 2;
  return room < 12 || !rest ? head.trimEnd() : `${head}  ${cut(rest, room)}`;
}

/** Names and values, one pair a line, the values below each other. */
export function pairs(out: Printer, list: readonly (readonly [name: string, value: string])[]): string {
  const width = Math.max(...list.map(([name]) => widthOf(name)));
  return list.map(([name, value]) => `${out.paint('dim', padded(name, width))}  ${value}`).join('\n');
}

/** Rows of cells, the columns below each other, each row moved in by two spaces. */
export function table(rows: readonly (readonly string[])[]): string {
  const widths: number[] = [];
  for (const row of rows) {
    for (const [at, cell] of row.entries()) widths[at] = Math.max(widths[at] ?? 0, widthOf(cell));
  }
  const line = (row: readonly string[]) => row.map((cell, at) => padded(cell, widths[at] ?? 0)).join('  ');
  return rows.map((row) => `  ${line(row).trimEnd()}`).join('\n');
}

/** `1 attempt`, `2 attempts`. */
export const counted = (count: number, word: string) => `${count} ${word}${count === 1 ? '' : 's'}`;

export function bytesAsText(size_bytes: number): string {
  if (size_bytes < 1_000) return counted(size_bytes, 'byte');
  return size_bytes < 1_000_000 ? `${(size_bytes / 1_000).toFixed(1)} kB` : `${(size_bytes / 1_000_000).toFixed(1)} MB`;
}
