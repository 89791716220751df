/** An operation's path with its placeholders filled in. */
export interface Bound {
  path: string;
  values: Record<string, string>;
}

export function fill(path: string, values: Record<string, string>): string {
  return path.replaceAll(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(values[name] ?? ''));
}
