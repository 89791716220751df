import { type Contract, followed, type Operation, type Parameter } from '../contract.ts';

/** One call of an operation as an application would make it, with the contract's examples for values. */
export interface SampleRequest {
  operation: Operation;
  /** Path parameters in the path's order. */
  path: string[];
  query: [name: string, value: unknown][];
  idempotency_key?: string;
  body?: { type: string; example: unknown };
  /** Absolute, with path and query filled in. */
  url: string;
}

/** The file in which a body that is not JSON is to be found. */
export const fileOf = (type: string) => (type === 'text/csv' ? 'suppressions.csv' : 'message.eml');

/** Required parameters, and those optional ones that the contract gives an example for. */
export function sampleRequest(contract: Contract, operation: Operation, base_url: string): SampleRequest {
  const valued = operation.parameters.map((parameter) => [parameter, exampleOf(contract, parameter)] as const);
  const path = valued.filter(([{ in: place }]) => place === 'path');
  const query = valued.filter(
    ([{ in: place, required, example }]) => place === 'query' && (required || example !== undefined),
  );
  const takesKey = operation.parameters.some(({ name }) => name === 'Idempotency-Key');
  const example = operation.body?.examples[0];
  const url = new URL(base_url + path.reduce((text, [{ name }, value]) => filled(text, name, value), operation.path));
  for (const [{ name }, value] of query) for (const one of [value].flat()) url.searchParams.append(name, String(one));
  return {
    operation,
    path: path.map(([, value]) => String(value)),
    query: query.map(([{ name }, value]) => [name, value]),
    // Each operation has a key of its own: one key for two different requests is refused.
    ...(takesKey && {
      idempotency_key: `${operation.id.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}-4711`,
    }),
    ...(operation.body && example && { body: { type: operation.body.type, example: example[1] } }),
    url: url.href,
  };
}

function exampleOf(contract: Contract, { name, schema, example }: Parameter): unknown {
  if (example !== undefined) return example;
  const resolved = followed(contract, schema);
  const value = resolved.examples?.[0] ?? resolved.default ?? resolved.enum?.[0];
  if (value !== undefined) return value;
  if (resolved.items) return [exampleOf(contract, { name, in: 'query', description: '', schema: resolved.items })];
  return name;
}

const filled = (path: string, name: string, value: unknown) =>
  path.replace(`{${name}}`, encodeURIComponent(String(value)));
