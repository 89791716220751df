import { bodiesOf, nameOf, operationsOf } from './origin.js';

/**
 * Faults: a body or an array's item of type object without a name, and any other structure (an object with
 * `properties`) without one. A map (`additionalProperties` alone) inside a named schema needs no name of its own.
 */
export default function namedSchemas(document, _options, { documentInventory }) {
  const faults = [];
  const seen = new Set();
  const visit = (schema, path, place) => {
    if (!schema || typeof schema !== 'object') return;
    const name = nameOf(documentInventory, path);
    if (name !== undefined && seen.has(name)) return;
    if (name !== undefined) seen.add(name);
    else if (schema.properties || (place !== 'part' && (schema.type === 'object' || schema.allOf)))
      faults.push({ message: `an object ${WHERE[place]} must be a named schema`, path });
    for (const [key, property] of Object.entries(schema.properties ?? {}))
      visit(property, [...path, 'properties', key], 'part');
    visit(schema.items, [...path, 'items'], 'item');
    visit(schema.additionalProperties, [...path, 'additionalProperties'], 'part');
    for (const keyword of ['allOf', 'anyOf', 'oneOf'])
      for (const [i, part] of (schema[keyword] ?? []).entries()) visit(part, [...path, keyword, i], 'part');
  };
  for (const [operation, path] of operationsOf(document))
    for (const [, media, at] of bodiesOf(operation, path)) visit(media.schema, [...at, 'schema'], 'body');
  return faults;
}

const WHERE = { body: 'as a body', item: 'in an array', part: 'with properties' };
