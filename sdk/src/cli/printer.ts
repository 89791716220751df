import type { WriteStream } from 'node:tty';
import { stripVTControlCharacters, styleText } from 'node:util';

export type Style = Parameters<typeof styleText>[0];

/** One of the two output streams. */
export interface Printer {
  /** Writes a line. */
  line(text?: string): void;
  /** The text in colour, where colours are wanted: on a terminal, unless NO_COLOR is set. */
  paint(style: Style, text: string): string;
  isTerminal: boolean;
  /** Characters of a line; infinite when nobody looks. */
  width: number;
}

export function printerFor(stream: NodeJS.WriteStream): Printer {
  // `hasColors` heeds NO_COLOR, FORCE_COLOR and TERM=dumb. Streams that are no terminals lack it.
  const hasColors = stream.isTTY && (stream as WriteStream).hasColors();
  return {
    line: (text = '') => void stream.write(`${text}\n`),
    paint: (style, text) => (hasColors ? styleText(style, text, { validateStream: false }) : text),
    isTerminal: stream.isTTY === true,
    get width() {
      return stream.isTTY ? stream.columns : Number.POSITIVE_INFINITY;
    },
  };
}

/**
 * What a stranger wrote, fit for a terminal: a subject must not move the cursor, change the title or turn the text
 * around (C0, C1 and the bidirectional controls of Unicode TR 9).
 */
export function plain(text: string): string {
  return stripVTControlCharacters(text).replace(/[\x00-\x1f\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069]+/g, ' ');
}

/** One line of JSON. JSON itself lets C1 controls through, which some terminals obey. */
export function jsonLine(value: unknown): string {
  return JSON.stringify(value).replace(
    /[\x7f-\x9f\u2028\u2029]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
