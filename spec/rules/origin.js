/**
 * The name that a value of the joined document is kept under (`schemas/email.yaml#/Email`, or
 * `#/components/schemas/Email` in the bundle), or undefined when it is written inline.
 */
export function nameOf(inventory, path) {
  const steps = inventory.findAssociatedItemForPath(path.map(String), true)?.path ?? [];
  if (steps.length === 1) return steps[0];
  return steps.length === 3 && steps[0] === 'components' ? steps[2] : undefined;
}

/** The first definition of a schema by name in any of the contract's files. */
export function schemaNamed(inventory, name) {
  const documents = [inventory.document, ...Object.values(inventory.referencedDocuments)];
  return documents.map(({ data }) => data?.[name] ?? data?.components?.schemas?.[name]).find(Boolean);
}

/** The media types of an operation's bodies, each with the path to it: `[mediaType, value, path]`. */
export function* bodiesOf(operation, path) {
  for (const [type, media] of Object.entries(operation.requestBody?.content ?? {}))
    yield [type, media, [...path, 'requestBody', 'content', type]];
  for (const [status, answer] of Object.entries(operation.responses ?? {}))
    for (const [type, media] of Object.entries(answer.content ?? {}))
      yield [type, media, [...path, 'responses', status, 'content', type]];
}

export const METHODS = ['get', 'put', 'post', 'patch', 'delete'];

/** Every operation and every webhook of the document: `[operation, path]`. */
export function* operationsOf(document) {
  for (const section of ['paths', 'webhooks'])
    for (const [name, item] of Object.entries(document[section] ?? {}))
      for (const method of METHODS) if (item[method]) yield [item[method], [section, name, method]];
}
