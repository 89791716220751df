import type { Route } from '../generated/handlers.gen.ts';
import contract from '../generated/openapi.gen.json' with { type: 'json' };

interface Parameter {
  $ref?: string;
  in?: string;
}

interface Operation {
  parameters?: Parameter[];
  requestBody?: { content: Record<string, { schema: object }> };
}

interface Document {
  openapi: string;
  paths: object;
  components: Components;
}

function openapiPath({ path }: Route): string {
  return path.replaceAll(/:(\w+)/g, '{$1}');
}

function operationOf(route: Route): Operation | undefined {
  const paths = contract.paths as unknown as Record<string, Record<string, Operation>>;
  return paths[openapiPath(route)]?.[route.method];
}

/** The schema of an operation's body in JSON. */
export function bodyOf(route: Route): object {
  const schema = operationOf(route)?.requestBody?.content['application/json']?.schema;
  if (!schema) throw new Error(`the contract has no body in JSON for ${route.operation}`);
  return schema;
}

/** The contract with this operation alone, and what it speaks of: the library walks through all there is for each answer. */
export function documentOf(route: Route): Document {
  const operation = operationOf(route);
  const { webhooks: _, components, ...rest } = contract;
  // Headers are read, and refused, by who needs them: `Idempotency-Key`, `Last-Event-ID`.
  const parameters = (operation?.parameters ?? []).map(resolved).filter((p) => p.in !== 'header');
  const itself = { ...operation, parameters };
  const { method } = route;
  const paths_of_one = { [openapiPath(route)]: { [method]: itself, ...(method === 'get' && { head: itself }) } };
  return { ...rest, paths: paths_of_one, components: spokenOf(paths_of_one, components) };
}

type Components = Record<string, Record<string, unknown>>;

/** Those that `part` refers to, and those that they refer to in turn. */
function spokenOf(part: unknown, components: Components): Components {
  const found: Components = {};
  const queue = [part];
  for (const next of queue) {
    for (const [, kind = '', name = ''] of JSON.stringify(next).matchAll(/"#\/components\/(\w+)\/(\w+)/g)) {
      if (found[kind]?.[name]) continue;
      found[kind] = { ...found[kind], [name]: components[kind]?.[name] };
      queue.push(found[kind][name]);
    }
  }
  return found;
}

/** `:` and `@` may stand in a query as they are (RFC 3986, 3.4); the library would have them percent-encoded. */
function resolved(parameter: Parameter): Parameter {
  const named: Record<string, Parameter> = contract.components.parameters;
  const meant = named[parameter.$ref?.split('/').at(-1) ?? ''] ?? parameter;
  return meant.in === 'query' ? ({ ...meant, allowReserved: true } as Parameter) : meant;
}
