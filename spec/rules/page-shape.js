/** A GET whose answer has an array `data` is a list. The answer of a POST may have one too: it repeats the request's order. */
export default function pageShape(operation, _options, { path }) {
  const schema = operation.responses?.['200']?.content?.['application/json']?.schema;
  if (schema?.properties?.data?.type !== 'array') return [];
  const faults = [];
  const at = [...path, 'responses', '200', 'content', 'application/json', 'schema'];
  const types = [schema.properties.next_cursor?.type].flat();
  if (!types.includes('string') || !types.includes('null'))
    faults.push({ message: 'a list must have next_cursor, a string or null', path: at });
  for (const name of ['data', 'next_cursor'])
    if (!schema.required?.includes(name)) faults.push({ message: `${name} must be required in a list`, path: at });
  const names = (operation.parameters ?? []).filter((p) => p.in === 'query').map((p) => p.name);
  if (!names.includes('limit')) faults.push({ message: 'a list must take limit', path });
  if (!names.includes('cursor') && !names.includes('after'))
    faults.push({ message: 'a list must take cursor, or after where it is a log', path });
  return faults;
}
