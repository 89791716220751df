const LINE = 64;

/** JSON for reading: what fits on a line stays on one. */
export function pretty(value: unknown, unit = '  ', indent = ''): string {
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const inner = indent + unit;
  const items = Array.isArray(value)
    ? value.map((item) => pretty(item, unit, inner))
    : Object.entries(value).map(([name, item]) => `${JSON.stringify(name)}: ${pretty(item, unit, inner)}`);
  const [open, close, pad] = Array.isArray(value) ? ['[', ']', ''] : ['{', '}', items.length ? ' ' : ''];
  const line = `${open}${pad}${items.join(', ')}${pad}${close}`;
  // The outermost structure is always spread out: it is what one came to read.
  if (line.length + indent.length <= LINE && !line.includes('\n') && (indent || items.length < 2)) return line;
  return `${open}\n${items.map((item) => inner + item).join(',\n')}\n${indent}${close}`;
}
