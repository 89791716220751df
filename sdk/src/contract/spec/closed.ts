import type { Document, Schema } from './document.ts';
import { flatten } from './flatten.ts';

/**
 * The document with every structure closed: what it does not name must not come. `unevaluatedProperties` stands where a
 * schema is used for a value, not where it is a part of another (`allOf`), so that the parts may add up.
 */
export function closed(document: Document): Document {
  const copy = structuredClone(document);
  const seen = new Set<object>();
  const visit = (node: unknown): void => {
    if (typeof node !== 'object' || node === null || seen.has(node)) return;
    seen.add(node);
    if (Array.isArray(node)) {
      for (const item of node) visit(item);
      return;
    }
    const record = node as Record<string, unknown>;
    for (const [name, value] of Object.entries(record)) if (name !== 'examples' && name !== 'example') visit(value);
    for (const place of valuesIn(record as Schema)) close(document, place);
    // Ajv finds the forms by themselves and refuses the mapping.
    if (record.discriminator) delete (record.discriminator as { mapping?: object }).mapping;
  };
  visit(copy.paths);
  visit(copy.components);
  return copy;
}

/** The schemas that describe values of their own within this one; a media type holds one too. */
function valuesIn({ properties, items, additionalProperties, schema }: Schema & { schema?: Schema }): Schema[] {
  const maps = typeof additionalProperties === 'object' ? [additionalProperties] : [];
  const own =
    properties && typeof properties === 'object' && !Array.isArray(properties) ? Object.values(properties) : [];
  return [...own, ...maps, items, schema].filter(
    (value): value is Schema => typeof value === 'object' && value !== null,
  );
}

function close(document: Document, schema: Schema): void {
  if (hasProperties(document, schema)) Object.assign(schema, { unevaluatedProperties: false });
}

export function hasProperties(document: Document, schema: Schema): boolean {
  const flat = flatten(document, schema);
  if (flat.properties) return true;
  return [...(flat.oneOf ?? []), ...(flat.anyOf ?? [])].some((form) => hasProperties(document, form));
}
