import { type Contract, resolve, type Schema } from './document.ts';

/** A schema without references and `allOf` at its top: what it says in all. */
export interface Flat extends Omit<Schema, '$ref' | 'allOf' | 'const' | 'type'> {
  /** The name under which it is kept, when it is nothing but a reference to it. */
  name: string | undefined;
  types: Set<string> | undefined;
}

/** Joins what several schemas say of one value. */
export function flatten(contract: Contract, schema: Schema): Flat {
  const { $ref, allOf, const: constant, type, ...own } = schema;
  const flat: Flat = {
    ...own,
    name: $ref?.split('/').at(-1),
    types: type === undefined ? undefined : new Set([type].flat()),
    ...(constant !== undefined && { enum: [constant] }),
  };
  const parts = [...($ref ? [target(contract, $ref)] : []), ...(allOf ?? [])];
  for (const part of parts) join(flat, flatten(contract, part));
  return flat;
}

function target(contract: Contract, $ref: string): Schema {
  return resolve(contract, { $ref } as Schema);
}

function join(into: Flat, { name: _, types, properties, required, ...rest }: Flat): void {
  into.types = into.types && types ? new Set([...into.types].filter((type) => types.has(type))) : (into.types ?? types);
  if (properties) into.properties = { ...properties, ...into.properties };
  if (required) into.required = [...new Set([...(into.required ?? []), ...required])];
  for (const [keyword, value] of Object.entries(rest)) {
    const own = into as unknown as Record<string, unknown>;
    own[keyword] ??= value;
  }
}
