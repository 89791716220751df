import { stripVTControlCharacters } from 'node:util';
import type { Printer } from './printer.ts';

/** How much of a line a text takes, its colours left out. */
const widthOf = (text: string) => [...stripVTControlCharacters(text)].length;

const padded = (text: string, width: number) => text + ' '.repeat(Math.max(0, width - widthOf(text)));

/** Names and values, one pair a line, the values below each other. */
export function pairs(out: Printer, list: readonly (readonly [name: string, value: string])[]): string {
  const width = Math.max(...list.map(([name]) => widthOf(name)));
  return list.map(([name, value]) => `${out.paint('dim', padded(name, width))}  ${value}`).join('\n');
}
