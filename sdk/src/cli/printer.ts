import type { WriteStream } from 'node:tty';
import { styleText } from 'node:util';

export type Style = Parameters<typeof styleText>[0];

/** One of the two output streams. */
export interface Printer {
  /** Writes a line. */
  line(text?: string): void;
  /** Writes bytes as they are. */
  bytes(data: Uint8Array): void;
  /** The text in colour, where colours are wanted: on a terminal, unless NO_COLOR is set. */
  paint(style: Style, text: string): string;
  /** Characters of a line; infinite when nobody looks. */
  readonly width: number;
  readonly isTerminal: boolean;
}

export function printerFor(stream: NodeJS.WriteStream): Printer {
  // `hasColors` heeds NO_COLOR, FORCE_COLOR and TERM=dumb. Streams that are no terminals lack it.
  const hasColors = stream.isTTY && (stream as WriteStream).hasColors();
  return {
    line: (text = '') => void stream.write(`${text}\n`),
    bytes: (data) => void stream.write(data),
    paint: (style, text) => (hasColors ? styleText(style, text, { validateStream: false }) : text),
    isTerminal: stream.isTTY === true,
    get width() {
      // A terminal may not know its width: 0 columns.
      return stream.isTTY ? stream.columns || 80 : Number.POSITIVE_INFINITY;
    },
  };
}
