const [TAB, LF, CR, SPACE, COLON] = [9, 10, 13, 32, 58];

/** Where a header field stands in the bytes, its folding and final CRLF included. */
export interface Field {
  /** Lower case. */
  name: string;
  start: number;
  end: number;
}

/** The fields of a header block (without the blank line), in the order in which they stand. */
export function fieldsOf(head: Buffer): Field[] {
  const fields: Field[] = [];
  for (let start = 0; start < head.length; ) {
    let end = endOfLine(head, start);
    while (head[end] === SPACE || head[end] === TAB) end = endOfLine(head, end);
    const colon = head.indexOf(COLON, start);
    if (colon > start && colon < end) {
      fields.push({ name: head.toString('latin1', start, colon).trimEnd().toLowerCase(), start, end });
    }
    start = end;
  }
  return fields;
}

function endOfLine(head: Buffer, from: number): number {
  const end = head.indexOf('\r\n', from, 'latin1');
  return end < 0 ? head.length : end + 2;
}

/**
 * Writes a field in its relaxed form (RFC 6376, 3.4.2) and answers where it ends: the name in lower case, the value on one
 * line, runs of white space as one space, none around the value. `out` needs at most the field's own length and 2 more.
 */
export function writeRelaxed(head: Buffer, { name, start, end }: Field, out: Buffer, at: number): number {
  let length = at + out.write(`${name}:`, at, 'latin1');
  const value = length;
  let space = false;
  for (let from = head.indexOf(COLON, start) + 1; from < end; from++) {
    const byte = head[from] as number;
    if (byte === SPACE || byte === TAB) {
      space = true;
    } else if ((byte === CR && head[from + 1] === LF) || (byte === LF && head[from - 1] === CR)) {
      // Unfolding removes the line end alone; the white space behind it stays.
    } else {
      if (space && length > value) out[length++] = SPACE;
      out[length++] = byte;
      space = false;
    }
  }
  out[length++] = CR;
  out[length++] = LF;
  return length;
}
