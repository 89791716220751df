import { type Cell, type ColumnType, ensure, kinds, type Out, putCell } from './binary-cells.ts';

/** Rows as the data of a `COPY … FROM STDIN (FORMAT binary)`; `guess_bytes` is what they are likely to take. */
export function copyRows(
  columns: readonly ColumnType[],
  rows: readonly (readonly Cell[])[],
  guess_bytes: number,
): Buffer {
  const out: Out = {
    bytes: Buffer.allocUnsafe(SIGNATURE.length + 2 + guess_bytes),
    length: SIGNATURE.length,
  };
  SIGNATURE.copy(out.bytes);
  const as = columns.map((type) => kinds[type]);
  for (const row of rows) {
    putInt16(out, as.length);
    for (let i = 0; i < as.length; i++) putCell(out, as[i] as (typeof as)[number], row[i] as Cell);
  }
  putInt16(out, NO_MORE_ROWS);
  return out.bytes.subarray(0, out.length);
}

/** Then no flags, and no extension of the header. */
const SIGNATURE = Buffer.from('PGCOPY\n\xff\r\n\0\0\0\0\0\0\0\0\0', 'latin1');
const NO_MORE_ROWS = -1;

function putInt16(out: Out, value: number): void {
  ensure(out, 2);
  out.length = out.bytes.writeInt16BE(value, out.length);
}
