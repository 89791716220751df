/** What a column may hold; timestamps go as ISO 8601, arrays and JSON as their own text, `bytea` as `\x…`. */
export type Cell = string | number | boolean | Date | null;

/**
 * Rows as one array literal a column, for `unnest`. A quarter of the cost of JSON for Postgres to read, and of the
 * driver's own arrays for us to write.
 */
export function arrayLiterals(rows: readonly (readonly Cell[])[], width: number): string[] {
  const literals: string[] = new Array(width).fill('{');
  rows.forEach((row, i) => {
    for (let column = 0; column < width; column++) {
      literals[column] += `${i ? ',' : ''}${element(row[column] as Cell)}`;
    }
  });
  return literals.map((literal) => `${literal}}`);
}

function element(cell: Cell): string {
  if (cell === null) return 'NULL';
  if (typeof cell === 'string') return `"${/["\\]/.test(cell) ? cell.replaceAll(/["\\]/g, '\\$&') : cell}"`;
  return cell instanceof Date ? cell.toISOString() : String(cell);
}
