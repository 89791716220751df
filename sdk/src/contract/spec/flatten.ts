import { type Document, lookUp, nameOf, type Schema } from './document.ts';

/** A schema without references and `allOf` at its top: what it says in all. */
export interface Flat extends Omit<Schema, '$ref' | 'allOf' | 'type' | 'const'> {
  /** The name under which it is kept, when it is a reference. */
  name: string | undefined;
  /** Undefined: any. */
  types: string[] | undefined;
}

export function flatten(document: Document, schema: Schema): Flat {
  const { $ref, allOf = [], type, const: constant, ...own } = schema;
  const flat: Flat = {
    ...own,
    name: nameOf($ref),
    types: type === undefined ? undefined : [type].flat(),
    ...(constant !== undefined && { enum: [constant] }),
  };
  const parts = [...($ref ? [lookUp(document, $ref) as Schema] : []), ...allOf];
  for (const part of parts) join(flat, flatten(document, part));
  return flat;
}

function join(into: Flat, { name, types, properties, required, ...rest }: Flat): void {
  into.name ??= name;
  into.types ??= types;
  if (properties) into.properties = { ...properties, ...into.properties };
  if (required) into.required = [...new Set([...(into.required ?? []), ...required])];
  const own = into as unknown as Record<string, unknown>;
  for (const [keyword, value] of Object.entries(rest)) own[keyword] ??= value;
}

/** Of a value that may be null, or one of several, the first form that is something. */
export function firstForm(document: Document, schema: Schema): Flat {
  const flat = flatten(document, schema);
  const forms = (flat.oneOf ?? flat.anyOf ?? []).map((form) => flatten(document, form));
  const form = forms.find(
    ({ types, properties, enum: values }) => (types && !types.includes('null')) || properties || values,
  );
  return form && !flat.types && !flat.properties ? { ...form, name: form.name ?? flat.name } : flat;
}

export const isNullable = (document: Document, schema: Schema): boolean => {
  const flat = flatten(document, schema);
  if (flat.types) return flat.types.includes('null');
  return [...(flat.oneOf ?? []), ...(flat.anyOf ?? [])].some((form) => isNullable(document, form));
};
