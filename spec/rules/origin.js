import { dirname, resolve } from 'node:path';

/**
 * The name that a value of the joined document is kept under (`schemas/email.yaml#/Email`, or
 * `#/components/schemas/Email` in the bundle), or undefined when it is written inline.
 *
 * The references are followed here: the linter's own map of them has gaps now and then, where files that name each other
 * were read at the same time.
 */
export function nameOf(inventory, path) {
  let place = { source: inventory.source, steps: [], value: inventory.unresolved };
  for (const step of path.map(String)) {
    place = { ...place, steps: [...place.steps, step], value: place.value?.[step] };
    place = target(inventory, place);
  }
  const { steps } = place;
  if (steps.length === 1) return steps[0];
  return steps.length === 3 && steps[0] === 'components' ? steps[2] : undefined;
}

/** Where a reference leads in the end; the same place when it is none. */
function target(inventory, place) {
  const reference = place.value?.$ref;
  if (typeof reference !== 'string') return place;
  const [file = '', pointer = ''] = reference.split('#');
  const source = file ? resolve(dirname(place.source), file) : place.source;
  const { data } = source === inventory.source ? inventory.document : (inventory.referencedDocuments[source] ?? {});
  const steps = pointer.split('/').slice(1).map(unescaped);
  return target(inventory, { source, steps, value: steps.reduce((value, step) => value?.[step], data) });
}

/** RFC 6901, 4 and 6. */
const unescaped = (step) => decodeURIComponent(step).replaceAll('~1', '/').replaceAll('~0', '~');

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
