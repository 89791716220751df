import { bodiesOf, operationsOf } from './origin.js';

const SNAKE = /^[a-z][a-z0-9]*(_[a-z0-9]+)*$/;

export default function snakeCase(document) {
  const faults = [];
  const check = (name, path) => {
    if (!SNAKE.test(name)) faults.push({ message: `"${name}" must be snake_case`, path });
  };
  for (const [operation, path] of operationsOf(document)) {
    for (const [i, { name, in: place }] of (operation.parameters ?? []).entries())
      if (place === 'query' || place === 'path') check(name, [...path, 'parameters', i, 'name']);
    for (const [, media, at] of bodiesOf(operation, path)) inSchema(media.schema, [...at, 'schema'], check);
  }
  return faults;
}

function inSchema(schema, path, check) {
  if (!schema || typeof schema !== 'object') return;
  for (const [name, property] of Object.entries(schema.properties ?? {})) {
    check(name, [...path, 'properties', name]);
    inSchema(property, [...path, 'properties', name], check);
  }
  inSchema(schema.items, [...path, 'items'], check);
  inSchema(schema.additionalProperties, [...path, 'additionalProperties'], check);
  for (const keyword of ['allOf', 'anyOf', 'oneOf'])
    for (const [i, part] of (schema[keyword] ?? []).entries()) inSchema(part, [...path, keyword, i], check);
}
