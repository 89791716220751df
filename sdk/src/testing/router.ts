import { type Operation, operations } from './generated/operations.gen.ts';
import { Refusal } from './problem.ts';

export interface Match {
  operation: Operation;
  /** The path's parameters, decoded. */
  path: Record<string, string>;
}

/** The same pattern for every operation of a path; fixed paths before those with parameters. */
const routes = [...new Set(operations.map(({ path }) => path))]
  .map((path) => ({
    pattern: new RegExp(`^${path.replaceAll(/\{(\w+)\}/g, '(?<$1>[^/]+)')}/?$`),
    of: operations.filter((operation) => operation.path === path),
    isFixed: !path.includes('{'),
  }))
  .sort((a, b) => Number(b.isFixed) - Number(a.isFixed));

/** The operation that a request is for, for HEAD that of GET; refuses unknown paths and methods as the server does. */
export function match(method: string, path: string): Match {
  for (const { pattern, of } of routes) {
    const found = pattern.exec(path);
    if (!found) continue;
    const operation = of.find((o) => o.method === (method === 'HEAD' ? 'GET' : method));
    const decoded = Object.entries(found.groups ?? {}).map(([name, text]) => [name, decode(text)]);
    if (operation) return { operation, path: Object.fromEntries(decoded) };
    const allowed = of.map((o) => o.method);
    throw new Refusal('method-not-allowed', `This path takes ${allowed.join(' and ')}.`, {
      headers: { allow: allowed.join(', ').replace('GET', 'GET, HEAD') },
    });
  }
  throw new Refusal('not-found', 'There is no such path; see /docs for those that exist.');
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw new Refusal('invalid-request', 'The path is not percent-encoded UTF-8.');
  }
}
