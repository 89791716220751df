import { type Cell, type ColumnType, kinds, type Out, putArrayHeader, putCell } from './binary-cells.ts';

/**
 * Rows as one array parameter a column, for `unnest`, in Postgres' binary form (`array_recv`): nothing to quote and no text
 * of numbers, ids and times, neither for us to write nor for Postgres to read.
 */
export function binaryArrays(columns: readonly ColumnType[], rows: readonly (readonly Cell[])[]): Buffer[] {
  return columns.map((type, i) => {
    const kind = kinds[type];
    const out: Out = { bytes: Buffer.allocUnsafe(HEADER_BYTES + rows.length * (4 + kind.guess_bytes)), length: 0 };
    putArrayHeader(out, { nulls: rows.some((row) => row[i] === null), oid: kind.oid, count: rows.length });
    for (const row of rows) putCell(out, kind, row[i] as Cell);
    return out.bytes.subarray(0, out.length);
  });
}

const HEADER_BYTES = 20;
